# %% [markdown]
# # Week 1: fooled by its own gradient
#
# A network that reads 99 of 100 digits correctly, and a change that you hardly see. By the end of this lab the network
# reads almost nothing, you have painted noise that it swears is a 3, and you know why it happens.
#
# **How to work.** You write six functions in `week01.py`; this notebook shows what they do. Open both side by side. A
# function that you save is picked up here at once. Each part says which function it needs: write it, check it in a
# terminal with `otter check week01.py -q q1`, then run the part. *Predict first, then run*: wherever a guess is `None`,
# put in your own number before you go on, such as 0.7 for 70 %. Being wrong is how you notice that there was something
# to learn.
#
# | part | you write | minutes | difficulty |
# | --- | --- | ---: | --- |
# | 1. A network that reads digits | – | 5 | easy |
# | 2. A gradient with the shape of an image | `input_gradient` | 20 | medium |
# | 3. One step is enough | `fgsm` | 20 | easy, once you have part 2 |
# | 4. Towards a target | `targeted_fgsm` | 10 | easy |
# | 5. An image that means nothing | `fooling_image` | 20 | medium |
# | 6. A digit in disguise | `disguised_image` | 15 | medium |
# | 7. How robust is it? | `accuracy_by_epsilon` | 15 | easy |
# | 8. Who knows what? | – | 5 | think |
# | 9. Quiz | – | 10 | think |

# %%
# %load_ext autoreload
# %autoreload 2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from course.quiet import quiet_start

with quiet_start():  # TensorFlow talks a lot when it starts; you see it only if something goes wrong
    import week01

    from course.data import digits
    from course.device import use_gpu_politely
    from course.figures import accuracy_against_eps, fooling, triptych
    from course.guesses import compare
    from course.measures import accuracy, confidence, predictions
    from course.networks import load_network

    device = use_gpu_politely()
print(f"TensorFlow computes on: {device}")

random = np.random.default_rng(1)

# %% [markdown]
# ## 1. A network that reads digits  *(5 minutes, easy)*
#
# The network is a small convolutional one, trained on MNIST. The images below were kept from it while it was trained.
# It returns ten *logits* for an image; their softmax is what it takes for the probabilities of the ten digits.

# %%
data = digits()
order = random.permutation(len(data.x_test))[:300]
x, y = data.x_test[order], data.y_test[order]
network = load_network("seed_cnn")
print(f"{accuracy(network, x, y):.1%} of {len(x)} digits are read correctly.")

# %%
one_of_each = np.array([np.flatnonzero(y == digit)[0] for digit in range(10)])
fooling(network, x[one_of_each][[3, 5]])

# %% [markdown]
# Look at the bars: the network is not just right, it is *sure*. Keep that in mind.

# %% [markdown]
# ## 2. A gradient with the shape of an image  *(20 minutes, medium: `input_gradient`)*
#
# Training asks: *how does the loss change when I change the weights?* We ask: *how does it change when I change a
# pixel?* The machinery is the same; only what you differentiate with respect to is different. It answers with an image.
#
# Write `input_gradient`. Two things go wrong most often: a tape does not watch a plain tensor unless it is told to,
# and a loss that was *averaged* over the batch makes every image's gradient shrink with the number of its neighbours.
#
# **Predict:** where in the picture of a digit is the gradient large? On the strokes, in the empty corners, or around
# the strokes, where ink *could* be?

# %%
few = one_of_each[[3, 5, 8]]
gradient = np.asarray(week01.input_gradient(network, x[few], y[few]))

figure, axes = plt.subplots(2, 3, figsize=(8, 5.4), layout="constrained")
for column, (image, slope, label) in enumerate(zip(x[few], gradient, y[few], strict=True)):
    axes[0, column].imshow(image[..., 0], cmap="gray")
    axes[0, column].set_title(f"the digit {label}", fontsize=10)
    largest = np.abs(slope).max()
    shown = axes[1, column].imshow(slope[..., 0], cmap="cividis", vmin=-largest, vmax=largest)
    axes[1, column].contour(image[..., 0], levels=[0.5], colors="black", linewidths=0.8)
    axes[1, column].set_title(f"gradient, up to {largest:.1g}", fontsize=10)
for panel in axes.flat:
    panel.set(xticks=[], yticks=[])
figure.colorbar(
    shown, ax=axes[1], ticks=[-largest, 0, largest], label="loss, if this pixel gets brighter"
).ax.set_yticklabels(["falls", "stays", "rises"])
plt.show()

# %% [markdown]
# Yellow pixels would raise the loss if they got brighter, dark blue ones if they got darker. The outline is the
# digit's. The gradient is large *around* the strokes: there a little ink would make another digit. In the corners it is
# almost zero: no training digit ever had ink there, and the network has learnt to ignore it.
#
# The gradients are tiny, as the network is so sure. That does not protect it, as you will see: the *direction* is all
# that counts.

# %% [markdown]
# ## 3. One step is enough  *(20 minutes, easy once you have part 2: `fgsm`)*
#
# If we may change every pixel by at most `eps`, and want to raise the loss as much as possible, then every pixel
# should go as far as it may, in the direction that its gradient says: the *fast gradient sign method* (Goodfellow et
# al. 2014).
#
# **Predict:** with `eps = 0.2`, a fifth of the way from black to white, how many of the digits does the network still
# read? And if we move every pixel by 0.2 too, but in a direction that a coin decides?

# %%
my_guess_for_fgsm = None  # from 0 to 1
my_guess_for_coins = None  # from 0 to 1

# %%
eps = 0.2
attacked = np.asarray(week01.fgsm(network, x, y, eps))
tossed = np.clip(x + eps * random.choice([-1, 1], size=x.shape), 0, 1).astype(np.float32)

compare(my_guess_for_fgsm, accuracy(network, attacked, y))
compare(my_guess_for_coins, accuracy(network, tossed, y))

# %%
fooled = one_of_each[predictions(network, attacked[one_of_each]) != y[one_of_each]][:3]
triptych(network, x[fooled], attacked[fooled], y[fooled])

# %% [markdown]
# Both had the same budget: 0.2 in every pixel, of which the clip takes some back where a pixel is black or white
# already. Noise hardly hurts, the gradient's signs are a disaster: it is not *how much* the image changes but *which
# way*.
#
# ### Why is it the sign?
#
# The gradient itself also points uphill. So why throw its size away? Let three steps compete, each with the same
# budget: no pixel may move by more than `eps`.
#
# **Predict:** which line is the lowest, and where does the one of the gradient itself run: near the coins, or near the
# signs?

# %%
slope = np.asarray(week01.input_gradient(network, x, y))
budget = {
    "a coin for each pixel": random.choice([-1, 1], size=x.shape),
    "the gradient, its largest pixel scaled to 1": slope / np.abs(slope).max(axis=(1, 2, 3), keepdims=True),
    "the gradient's signs": np.sign(slope),
}
sizes = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
accuracy_against_eps(
    sizes,
    {name: [accuracy(network, np.clip(x + size * step, 0, 1), y) for size in sizes] for name, step in budget.items()},
    title="Three steps with the same largest change of a pixel",
)

# %% [markdown]
# <details><summary><b>Think about it first, then open: why the sign?</b></summary>
#
# Near the image the loss is nearly linear: a step δ changes it by g·δ = Σ gᵢ δᵢ. With |δᵢ| ≤ eps for every pixel, each
# term is largest when δᵢ = eps · sign(gᵢ), whatever the other pixels do. The sum is then eps · Σ|gᵢ|. So the sign is
# not a trick: it is *the* best step when the budget is "no pixel by more than eps" (the L∞ norm), as long as the loss
# is nearly linear.
#
# The gradient itself is the best step for another budget: a fixed Euclidean length ‖δ‖₂. Scaled so that its largest
# pixel moves by eps, it leaves most pixels almost where they were and wastes what it was allowed.
#
# And why is so little enough? 784 small steps, all in the right direction, add up to eps · Σ|gᵢ|, while coins mostly
# cancel each other: they reach about eps · √Σgᵢ², up to 28 = √784 times less. That linear steps in a high dimension
# suffice is Goodfellow et al.'s explanation. It made this attack, and it is disputed (Tanay and Griffin 2016): next
# week you will see that the loss is far from linear over a whole step. A colour photograph of 224 × 224 pixels has 192
# times as many numbers as a digit.
# </details>
#
# ### What does eps mean to a human eye?
#
# **Predict:** at which eps do *you* begin to misread the digit? Write it down before you run the cell.

# %%
my_own_limit = None  # an eps from 0 to 0.5

# %%
strengths = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
limits: dict[int, float] = {}  # by digit
chosen = one_of_each[[2, 4, 9]]
figure, axes = plt.subplots(len(chosen), len(strengths), figsize=(11, 5.4), layout="constrained")
for column, strength in enumerate(strengths):
    images = np.asarray(week01.fgsm(network, x[chosen], y[chosen], strength))
    for row, (image, read) in enumerate(zip(images, predictions(network, images), strict=True)):
        panel = axes[row, column]
        panel.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
        panel.set(xticks=[], yticks=[])
        if read != y[chosen][row]:
            limits.setdefault(int(y[chosen][row]), strength)
        panel.set_title(f"{f'eps {strength:g}' if row == 0 else ''}\nread as {read}".strip(), fontsize=10)
plt.show()
yours = "You did not guess your limit." if my_own_limit is None else f"You read them up to eps {my_own_limit:g}."
first_wrong = ", ".join(f"{limits[digit]:g} (the {digit})" for digit in sorted(limits))
print(f"{yours} The network is first wrong at eps {first_wrong}.")

# %% [markdown]
# Is your limit beyond the network's? That gap is what an attacker lives in. But eps is a crude measure of what you
# notice: a grey veil over an empty background catches the eye at once, and the same change inside a photograph's
# texture would not. Nobody has a formula for "looks the same to a human"; L∞ is what we can compute.

# %% [markdown]
# ## 4. Towards a target  *(10 minutes, easy: `targeted_fgsm`)*
#
# FGSM only wants the network to be wrong. Now we say what it should read. Uphill on the loss of the true label becomes
# *downhill* on the loss of the label that we want.
#
# **Predict:** which share of all digits can be made into the digit we want, with eps 0.2? More or fewer than the share
# that plain FGSM turned into *anything* else?

# %%
my_guess_for_targets = None  # from 0 to 1

# %%
success = np.zeros((10, 10))
for target in range(10):
    wanted = np.full(len(x), target)
    read = predictions(network, week01.targeted_fgsm(network, x, wanted, eps))
    for digit in range(10):
        success[digit, target] = np.mean(read[y == digit] == target)
off_diagonal = ~np.eye(10, dtype=bool)
compare(my_guess_for_targets, success[off_diagonal].mean())

# %%
figure, panel = plt.subplots(figsize=(6, 5), layout="constrained")
shown = panel.imshow(success, cmap="cividis", vmin=0, vmax=1)
for digit in range(10):
    for target in range(10):
        colour = "white" if success[digit, target] < 0.5 else "black"
        panel.text(target, digit, f"{success[digit, target]:.0%}", ha="center", va="center", color=colour, fontsize=8)
panel.set(xticks=range(10), yticks=range(10), xlabel="wanted", ylabel="the digit really is")
panel.set_title(f"Read as what was wanted, eps {eps:g}", fontsize=10)
figure.colorbar(shown, ax=panel, label="share of the images", format=PercentFormatter(1))
plt.show()

# %% [markdown]
# To be wrong there are nine ways, to be wrong in one given way there is one: targets are harder. Look along the rows
# and columns: some targets attract about half of the others, some nearly nothing. Which pairs are easy, and do they
# look alike to you? Week 2 takes many small steps instead of a large one: come back then, and try them on this table.

# %% [markdown]
# ## 5. An image that means nothing  *(20 minutes, medium: `fooling_image`)*
#
# So far we have changed a digit. Now we start from noise and go downhill on the cost ½‖onehot(target) − softmax‖² with
# respect to the image, until the network is sure that it sees the target. This one is made on a small network of the
# old kind: 784 pixels, 30 sigmoid units, 10 outputs.
#
# **Predict:** what will an image look like that the network takes for a 3, with a probability of 99 %? Like a blurred
# 3? Like the mean of many threes? Like nothing at all?

# %%
old_network = load_network("sigmoid_net")
every_digit = np.arange(10)
faint = random.uniform(0, 0.1, (10, 28, 28, 1)).astype(np.float32)
made = np.asarray(week01.fooling_image(old_network, every_digit, faint, steps=200, step_size=0.1))
fooling(old_network, made[[3, 7, 8]], targets=[3, 7, 8])

# %% [markdown]
# Nothing at all, and the network is as sure as it is of a real digit. It was trained to tell digits from each other,
# never to say "that is no digit": far away from all digits it must answer something, and answers with confidence.
#
# ### A puzzle: noise that will not move
#
# Now the same with brighter noise: its pixels lie anywhere between 0 and 1.
#
# **Predict:** how many of the ten images reach a probability over 90 %?

# %%
my_guess_of_ten = None  # from 0 to 10

# %%
bright = random.uniform(0, 1, (10, 28, 28, 1)).astype(np.float32)
figure, panel = plt.subplots(figsize=(7, 4), layout="constrained")
for name, start, style in (("faint noise", faint, "-"), ("bright noise", bright, "--")):
    image, course_of_descent = start, []
    for _ in range(20):
        course_of_descent.append(confidence(old_network, image)[every_digit, every_digit])
        image = np.asarray(week01.fooling_image(old_network, every_digit, image, steps=10, step_size=0.1))
    colour = "#0072B2" if style == "-" else "#D55E00"
    lines = panel.plot(np.arange(20) * 10, np.array(course_of_descent), style, color=colour, linewidth=1.2)
    lines[0].set_label(name)
    print(f"{name}: {np.sum(course_of_descent[-1] > 0.9)} of 10 are over 90 %.")
panel.set(xlabel="step", ylabel="probability of the target", title="Ten images each, one for every digit")
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.legend()
plt.show()
print("You did not guess." if my_guess_of_ten is None else f"You said {my_guess_of_ten} for the bright noise.")

# %% [markdown]
# <details><summary><b>Think first, then open: why do some of them stay at zero?</b></summary>
#
# Look at the slope of the cost with respect to the logits: it is p·(error − Σ error·p), where error is p −
# onehot(target). Bright noise is far from anything the network was trained on, and it is *already sure* of some digit:
# its p is nearly 1 there and nearly 0 for all the others, the target included. For those the factor p is nearly 0; for
# the digit itself the bracket is, as error and Σ error·p are both nearly 1. All slopes are then nearly 0: the descent
# stands on a plateau. The cross-entropy has no such plateau, as the logarithm cancels the p. It is one reason why
# classifiers are hardly trained with the squared error any more, and why attacks use the cross-entropy or a margin. A
# small gradient does not mean that there is no way: *it may only mean that you look at it through the wrong cost.* In
# week 3 a whole family of defences rests on that confusion.
# </details>

# %% [markdown]
# ## 6. A digit in disguise  *(15 minutes, medium: `disguised_image`)*
#
# Two forces at once: one towards what the *network* should read, one towards what *you* should see. `pull` says how
# strong the second is.
#
# **Predict:** the image should look like the digit in the left column and read as another. With a weak pull you will
# see noise. With a strong one you will see the digit. Is there anything between, where both you and the network are
# satisfied?

# %%
seen = one_of_each[[2, 5]]
secret = np.array([7, 8])
pulls = [0.002, 0.005, 0.02, 0.05, 0.2]
start = random.uniform(0, 0.3, (2, 28, 28, 1)).astype(np.float32)
figure, axes = plt.subplots(2, len(pulls) + 1, figsize=(11, 4.2), layout="constrained")
for row in range(2):
    axes[row, 0].imshow(x[seen][row, ..., 0], cmap="gray", vmin=0, vmax=1)
    axes[row, 0].set_title(f"you should see {y[seen][row]},\nit should read {secret[row]}", fontsize=10)
for column, pull in enumerate(pulls, start=1):
    images = np.asarray(week01.disguised_image(old_network, x[seen], secret, start, 300, 0.3, pull))
    for row, (image, shares) in enumerate(zip(images, confidence(old_network, images), strict=True)):
        axes[row, column].imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
        title = f"pull {pull:g}\n" if row == 0 else ""
        axes[row, column].set_title(f"{title}read as {shares.argmax()} ({shares.max():.0%})", fontsize=10)
for panel in axes.flat:
    panel.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# There is a wide range where both are satisfied. Is this another thing than FGSM? It is the same one: FGSM fixes the
# size of the change and makes the loss as bad as possible; here the *sum* of both is minimised, as Szegedy et al. did
# when they discovered adversarial examples.

# %% [markdown]
# ## 7. How robust is it?  *(15 minutes, easy: `accuracy_by_epsilon`)*
#
# One eps is an anecdote. The accuracy as a function of eps is a measurement.
#
# **Predict:** three networks: the old one with 30 hidden units (95 % on clean digits), a small CNN (98 %) and the CNN
# of the first parts (99 %). At eps 0.1, which is read best? What is its accuracy there?

# %%
my_guess_for_the_best = None  # from 0 to 1

# %%
sizes = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4]
names = {"sigmoid_net": "784-30-10, sigmoid", "small_cnn": "two small convolutions", "seed_cnn": "one wide convolution"}
networks = {name: load_network(name) for name in names}
curves = {names[name]: week01.accuracy_by_epsilon(networks[name], x, y, sizes) for name in names}
compare(my_guess_for_the_best, max(float(np.asarray(curve)[sizes.index(0.1)]) for curve in curves.values()))

# %%
accuracy_against_eps(sizes, curves, title="Accuracy under FGSM, each network attacked with its own gradient")

# %% [markdown]
# The better a network reads clean digits here, the better it stands. Be careful with the next thought: "the wide one
# is *robust* up to 0.1." FGSM takes one step and trusts the gradient all the way. What you measure is the accuracy
# against *this* attack: an upper bound of the true robustness. Next week the same network meets ten small steps
# instead of one, and you will not like what you see.

# %% [markdown]
# ## 8. Who knows what?  *(5 minutes, think)*
#
# An attack is a claim about somebody: what they know, what they can touch, what they want. These three are the *threat
# model*. Without it, "robust" means nothing.
#
# | | the attacker knows | this week |
# | --- | --- | --- |
# | **white-box** | everything: architecture, weights, gradients | all attacks above |
# | **grey-box** | part of it: the architecture or the data, not the weights; or all but the defence | the table below |
# | **black-box** | only what the network answers, or not even that | – |
#
# | | the attacker touches | example |
# | --- | --- | --- |
# | **evasion** | the input, after training | a sticker on a stop sign; all of this week |
# | **poisoning** | the training data, before or during training | mislabelled images that plant a back door |
#
# And the goal: **untargeted** (be wrong) or **targeted** (be wrong in this way).
#
# Is an attacker without the weights harmless? Make the images on one network, and let another read them.
#
# **Predict:** attacks are made on the small CNN at eps 0.25. What is the accuracy of the wide one on them?

# %%
my_guess_for_transfer = None  # from 0 to 1

# %%
made_on = {name: np.asarray(week01.fgsm(networks[name], x, y, 0.25)) for name in names}
table = np.array([[accuracy(networks[reader], made_on[maker], y) for reader in names] for maker in names])
compare(my_guess_for_transfer, table[1, 2])

figure, panel = plt.subplots(figsize=(6.5, 4), layout="constrained")
shown = panel.imshow(table, cmap="cividis", vmin=0, vmax=1)
for row in range(3):
    for column in range(3):
        colour = "white" if table[row, column] < 0.5 else "black"
        panel.text(column, row, f"{table[row, column]:.0%}", ha="center", va="center", color=colour)
labels = [name.replace(", ", ",\n").replace(" convolution", "\nconvolution") for name in names.values()]
panel.set(xticks=range(3), yticks=range(3), xlabel="read by", ylabel="made on")
panel.set_xticklabels(labels)
panel.set_yticklabels(labels)
panel.set_title("Accuracy under FGSM, eps 0.25. On the diagonal the attacker has the weights", fontsize=10)
figure.colorbar(shown, ax=panel, label="accuracy", format=PercentFormatter(1))
plt.show()

# %% [markdown]
# Off the diagonal the attacker never saw the network that is fooled. Adversarial examples *transfer*: networks that
# were trained on the same task lean on the same features. Keeping the weights secret helps, but is no
# defence.

# %% [markdown]
# ## 9. Quiz  *(10 minutes, think)*
#
# Not graded. Choose, then open your choice; the others are worth reading too.
#
# **1. The loss of a batch is averaged, not summed, before the gradient is taken. What happens to FGSM's images?**
#
# <details><summary>a) They move less.</summary>
# No. Every gradient is divided by the number of images, but FGSM takes the sign, and a sign has no size. For
# <code>input_gradient</code> and <code>fooling_image</code> it would matter.</details>
# <details><summary>b) Nothing.</summary>
# Right: sign(g / n) = sign(g). That is why this mistake often goes unnoticed until somebody uses the gradient's
# size.</details>
# <details><summary>c) They get mixed up with each other.</summary>
# No. The loss of one image does not depend on the pixels of another (batch normalisation in training mode is the
# exception), so the gradient of the sum is still one gradient for each image.</details>
#
# **2. You forget to clip. The network's accuracy falls even lower. Is this a better attack?**
#
# <details><summary>a) Yes, lower is lower.</summary>
# No: pixels below 0 and above 1 exist in no image file and come from no camera. The attack left the set of images, and
# the defender may simply clip.</details>
# <details><summary>b) No, it answers another question.</summary>
# Right. A threat model says what the attacker may do, and "a valid image" is part of it. Comparing attacks means
# fixing it first.</details>
#
# **3. A network's gradient is exactly zero on an image. What does FGSM do, and what does it prove?**
#
# <details><summary>a) It moves nothing; the network is robust there.</summary>
# The first half is right. But a vanishing gradient only says that this way of looking shows no slope: the puzzle of
# part 5 again. Another cost or another network's gradient may find a way at once.</details>
# <details><summary>b) It moves nothing; it proves nothing.</summary>
# Right. "Gradient masking" has fooled many defences' authors.</details>
# <details><summary>c) It moves every pixel by eps upwards.</summary>
# Only if somebody wrote the sign as "−1 if g < 0 else 1". The sign of 0 is 0.</details>
#
# **4. Labels for FGSM are taken from the network's own predictions instead of the truth. When does it matter?**
#
# <details><summary>a) Never, the network is right anyway.</summary>
# Only on the images that it reads correctly. On the others you push it away from its error, possibly towards the
# truth.</details>
# <details><summary>b) On the images that it misreads.</summary>
# Right: 1 to 5 % here, more for weaker networks. CleverHans does this on purpose when it is given no labels, as a real
# attacker may not have them, and to avoid "label leaking" in adversarial training.</details>
#
# **5. What is Goodfellow et al.'s explanation of why a small eps is enough to fool the network?**
#
# <details><summary>a) Because networks are so nonlinear.</summary>
# It was the first explanation, and they argue against it: one <i>linear</i> step from the image is enough, and linear
# models are fooled as well.</details>
# <details><summary>b) Because there are so many pixels.</summary>
# Right: the change of the loss adds up over all of them, eps · Σ|gᵢ|.</details>
# <details><summary>c) Because the network was trained too briefly.</summary>
# No. Longer training makes FGSM <i>look</i> weaker: the gradient at the image becomes a poorer guide for one long step.
# For an attack that looks at the gradient again on its way nothing has changed (week 2).</details>
#
# **6. A company keeps its weights secret and answers with a label only. Which of this week's attacks threatens it?**
#
# <details><summary>a) None: they all need gradients.</summary>
# They need <i>some</i> network's gradients. See part 8.</details>
# <details><summary>b) FGSM on a network of the attacker's own.</summary>
# Right: transfer. Train something similar, attack that, send the result.</details>
# <details><summary>c) Poisoning.</summary>
# Possible in principle, if the company learns from what users send, but that is none of this week's attacks.</details>

# %% [markdown]
# ## What to take with you
#
# - The gradient with respect to the input is as easy to get as the one with respect to the weights.
# - Under a budget of eps for each pixel the sign is the best single step, and many pixels make a small eps strong.
# - Confidence is not knowledge: far from the data a network is sure of anything.
# - A measurement of robustness holds for one attack and one threat model. Say both.
#
# What you have learnt works on networks that people rely on. Try it on your own; for anybody else's, ask first.
#
# ## References
#
# - C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow, R. Fergus: *Intriguing properties of neural
#   networks*, 2013, [arXiv:1312.6199](https://arxiv.org/abs/1312.6199). The discovery; part 6.
# - I. Goodfellow, J. Shlens, C. Szegedy: *Explaining and harnessing adversarial examples*, 2014,
#   [arXiv:1412.6572](https://arxiv.org/abs/1412.6572). FGSM, and why linearity is enough; parts 3 and 7.
# - T. Tanay, L. Griffin: *A boundary tilting perspective on the phenomenon of adversarial examples*, 2016,
#   [arXiv:1608.07690](https://arxiv.org/abs/1608.07690). Why linearity may not be the explanation; part 3.
# - A. Nguyen, J. Yosinski, J. Clune: *Deep neural networks are easily fooled*, 2014,
#   [arXiv:1412.1897](https://arxiv.org/abs/1412.1897). Part 5.
# - A. Kurakin, I. Goodfellow, S. Bengio: *Adversarial machine learning at scale*, 2016,
#   [arXiv:1611.01236](https://arxiv.org/abs/1611.01236). Targets, and label leaking; part 4.
# - N. Papernot, P. McDaniel, I. Goodfellow: *Transferability in machine learning*, 2016,
#   [arXiv:1605.07277](https://arxiv.org/abs/1605.07277). Part 8.
# - M. Nielsen: *Neural networks and deep learning*, 2015,
#   [neuralnetworksanddeeplearning.com](http://neuralnetworksanddeeplearning.com/).
#   Chapter 1 has the network of parts 5 and 6, chapter 3 the plateau of the squared error.
