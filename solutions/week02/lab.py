# %% [markdown]
# # Week 2: iterate, with momentum
#
# Last week one step of FGSM left the wide network with about a quarter of its digits at eps 0.2. Was that the bottom?
# By the end of this lab you know how far down it really goes with the same eps, what the loss looks like where the
# attack walks, why it starts at random, and when momentum helps (not always).
#
# **How to work.** You write the functions in `week02.py`; this notebook shows what they do. Open both side by side. A
# function that you save is picked up here at once. Each part says which function it needs: write it, check it in a
# terminal with `otter check week02.py -q q1`, then run the part. *Predict first, then run*: wherever a guess is `None`,
# put in your own number before you go on, such as 0.7 for 70 %.
#
# | part | you write | minutes | difficulty |
# | --- | --- | ---: | --- |
# | 1. Back to the nearest image | `project_linf` | 15 | easy |
# | 2. Small steps | `input_gradient`: copy week 1's; `bim` | 20 | easy, once you have part 1 |
# | 3. The loss landscape, and a random start | `pgd` | 25 | medium |
# | 4. Momentum | `mim` | 20 | medium |
# | 5. How much eps does it take? | – | 10 | easy |
# | 6. Another ball | `project_l2`, `pgd_l2` | 20 | medium |
# | 7. What is taken for what | `confusion` | 15 | easy |
# | 8. Quiz | – | 10 | think |

# %%
# %load_ext autoreload
# %autoreload 2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from course.quiet import quiet_start

with quiet_start():  # TensorFlow talks a lot when it starts; you see it only if something goes wrong
    import week02

    from course.data import digits
    from course.device import use_gpu_politely
    from course.figures import accuracy_against_eps, triptych
    from course.guesses import compare
    from course.measures import accuracy, logits, perturbation_norms, predictions
    from course.networks import load_network

    device = use_gpu_politely()
print(f"TensorFlow computes on: {device}")

random = np.random.default_rng(2)
data = digits()
order = random.permutation(len(data.x_test))[:200]
x, y = data.x_test[order], data.y_test[order]
network = load_network("seed_cnn")
print(f"{accuracy(network, x, y):.1%} of {len(x)} digits are read correctly.")


def losses(network, images, labels):
    """The cross-entropy of each image, (n,)."""
    answers = logits(network, images).astype(float)
    top = answers.max(axis=1)
    return top + np.log(np.exp(answers - top[:, None]).sum(axis=1)) - answers[np.arange(len(labels)), labels]


# %% [markdown]
# ## 1. Back to the nearest image  *(15 minutes, easy: `project_linf`)*
#
# An attack may go wherever the gradient leads, as long as it comes back: to the nearest image that is allowed.
# Allowed is what lies in the ball of radius `eps` around `x` *and* in [0, 1].
#
# To see it, take two pixels of an image and forget the others: an image is then a point in the plane.
#
# **Predict:** what shape does the L∞ ball have there, a circle or a square? And when the image is near white, what is
# left of it?

# %%
centre, radius = np.array([0.8, 0.45]), 0.3
wild = random.uniform(-0.15, 1.35, (40, 2)).astype(np.float32)


def as_images(points):
    """Points of the plane as images: two pixels of each are used."""
    images = np.zeros((len(points), 28, 28, 1), np.float32)
    images[:, 0, :2, 0] = points
    return images


x_of_each = as_images(np.tile(centre, (len(wild), 1)))
back = np.asarray(week02.project_linf(as_images(wild), x_of_each, radius))[:, 0, :2, 0]

figure, panel = plt.subplots(figsize=(5.5, 5), layout="constrained")
panel.add_patch(plt.Rectangle((0, 0), 1, 1, fill=False, linestyle="--", edgecolor="0.4", label="all images: [0, 1]"))
square = plt.Rectangle(centre - radius, 2 * radius, 2 * radius, facecolor="#56B4E9", alpha=0.3, edgecolor="black")
square.set_label("the ball")
panel.add_patch(square)
for before, after in zip(wild, back, strict=True):
    panel.plot(*zip(before, after, strict=True), color="0.6", linewidth=0.8, zorder=1)
panel.scatter(*wild.T, marker="x", color="0.3", label="before", zorder=2)
panel.scatter(*back.T, marker="o", color="#D55E00", edgecolor="black", s=28, label="projected", zorder=3)
panel.scatter(*centre, marker="*", s=160, color="black", label="x", zorder=3)
panel.set(xlim=(-0.2, 1.4), ylim=(-0.2, 1.4), xlabel="one pixel (black to white is 1)", ylabel="another pixel")
panel.set_title(f"project_linf, eps {radius:g}: the ball is a square, cut where images end", fontsize=10)
panel.set_aspect("equal")
figure.legend(loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# Every pixel is projected by itself, so the ball is a square, and many points end on its edges and in its corners. A
# corner means: both pixels moved as far as they may. In 784 dimensions FGSM's one step ends in a corner wherever the
# gradient isn't zero; attacks of many steps leave some pixels in between.

# %% [markdown]
# ## 2. Small steps  *(20 minutes, easy once you have part 1: `bim`)*
#
# FGSM is one step of length eps. The *basic iterative method* takes several short ones, looks at the gradient again
# after each, and projects. One step of BIM with `step_size = eps` is FGSM, so we need no other function for it.
#
# **Predict:** at eps 0.2 FGSM leaves about a quarter of the digits. Ten steps of eps / 4, same eps: how many are left?

# %%
my_guess_for_bim = None  # from 0 to 1

# %%
eps = 0.2
one_step = np.asarray(week02.bim(network, x, y, eps, eps, 1))
ten_steps = np.asarray(week02.bim(network, x, y, eps, eps / 4, 10))
print(f"one step:  {accuracy(network, one_step, y):.0%} are still read, the mean loss is", end=" ")
print(f"{losses(network, one_step, y).mean():.1f}")
print(f"ten steps: {accuracy(network, ten_steps, y):.0%} are still read, the mean loss is", end=" ")
print(f"{losses(network, ten_steps, y).mean():.1f}")
compare(my_guess_for_bim, accuracy(network, ten_steps, y))

# %%
survivors = np.flatnonzero(predictions(network, one_step) == y)[:3]  # FGSM could not fool it on these
triptych(network, x[survivors], ten_steps[survivors], y[survivors])

# %% [markdown]
# The budget is the same, no pixel moves further. What changed is that the attack *corrects itself*: along its one
# large step the gradient turns, and FGSM never notices.
#
# **Predict:** the picture below follows the loss along FGSM's straight line, from the image to where it ends. If the
# loss were linear, as last week's argument had it, what would you see? What will you see?

# %%
shown = survivors[:3] if len(survivors) >= 3 else np.arange(3)
shares = np.linspace(0, 1, 21)
figure, panel = plt.subplots(figsize=(6.5, 4), layout="constrained")
for index, style in zip(shown, ("-", "--", "-."), strict=True):
    line = x[index] + shares[:, None, None, None].astype(np.float32) * (one_step[index] - x[index])
    along = losses(network, line, np.full(len(line), y[index]))
    panel.plot(shares * eps, along, style, color="black", label=f"a {y[index]} that FGSM cannot fool")
    reached = losses(network, ten_steps[[index]], y[[index]])[0]
    panel.plot(eps, reached, "^", color="#D55E00", markersize=9, markeredgecolor="black")
    panel.annotate(f"the {y[index]}", (eps, reached), xytext=(-10, -3), textcoords="offset points", ha="right")
panel.plot([], [], "^", color="#D55E00", markeredgecolor="black", label="where BIM ends, with the same eps")
panel.set(xlabel="largest change of a pixel (black to white is 1)", ylabel="loss (cross-entropy, nats)")
panel.set_title("The loss along FGSM's step, and what BIM finds")
panel.grid(alpha=0.3)
panel.legend()
plt.show()

# %% [markdown]
# Were the loss linear, these would be straight lines, as steep as the gradient says at the image: nearly flat, since
# the network is sure. Instead they bend upwards, and even so FGSM's direction reaches only a small part of what there
# is.
#
# ## 3. The loss landscape, and a random start  *(25 minutes, medium: `pgd`)*
#
# Let us look at the loss from above: a plane through one image, spanned by the direction that the gradient's sign
# gives, and by random signs. It is only one plane of very many, but it shows the kind of land.
#
# **Predict:** in the direction of the gradient the loss rises. What does it do in the random direction?

# %%
index = int(shown[0])
start, label = x[[index]], y[[index]]
uphill = np.sign(np.asarray(week02.input_gradient(network, start, label)))
sideways = random.choice([-1, 1], size=start.shape).astype(np.float32)
reach = np.linspace(-0.3, 0.3, 41)
plane = np.concatenate(
    [np.clip(start + (a * uphill + b * sideways), 0, 1).astype(np.float32) for b in reach for a in reach]
)
land = losses(network, plane, np.repeat(label, len(plane))).reshape(len(reach), len(reach))
powers = np.log10(np.maximum(land, 1e-12))

figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", width_ratios=(1.25, 1))
filled = axes[0].contourf(reach, reach, powers, levels=14, cmap="cividis")
axes[0].contour(reach, reach, powers, levels=14, colors="black", linewidths=0.4)
axes[0].plot(0, 0, "*", color="white", markeredgecolor="black", markersize=14)
corners = [(-eps, 0), (0, eps), (eps, 0), (0, -eps)]  # where both signs agree, a pixel changes by the sum of both
axes[0].add_patch(plt.Polygon(corners, fill=False, edgecolor="white", linestyle="--"))
axes[0].set(xlabel="along the gradient's sign (pixel units)", ylabel="along random signs (pixel units)")
axes[0].set_title(f"The loss around a {label[0]} (star), the ball of eps {eps:g} dashed", fontsize=10)
figure.colorbar(filled, ax=axes[0], label="log₁₀ of the loss (nats)")
middle = len(reach) // 2
axes[1].plot(reach, land[middle], "-", color="#0072B2", label="along the gradient's sign")
axes[1].plot(reach, land[:, middle], "--", color="#D55E00", label="along random signs")
axes[1].set(xlabel="distance (pixel units)", ylabel="loss (nats)", yscale="log")
axes[1].set_title("Two cuts through the star", fontsize=10)
axes[1].grid(alpha=0.3)
axes[1].legend()
plt.show()

# %% [markdown]
# The scale counts powers of ten. Random signs raise the loss too, whichever way you go; but at the same distance the
# gradient raises it a hundred times more. That is why noise is no attack. (The ball is a diamond here: where both signs
# agree, a pixel changes by the sum of both.) On an ordinary scale the land around `x`
# would look perfectly flat, as the network is sure of this digit: a gradient taken exactly there may say little.
#
# *Projected gradient descent* (Madry et al. 2017) begins at a random point of the ball instead, and may be run several
# times. Write `pgd`.
#
# **Predict:** twenty runs from twenty starts, on each of three digits. Do they end at losses that are about the same?

# %%
my_guess_for_the_spread = None  # the largest of the twenty losses divided by the smallest, such as 3

# %%
chosen = shown[:3]
restarts, steps = 20, 40
ends = np.zeros((len(chosen), restarts))
for row, i in enumerate(chosen):
    copies, labels = np.repeat(x[[i]], restarts, axis=0), np.repeat(y[[i]], restarts)
    ends[row] = losses(network, week02.pgd(network, copies, labels, 0.15, 0.015, steps, seed=row), labels)
figure, panel = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for row, i in enumerate(chosen):
    panel.plot(ends[row], np.full(restarts, row) + random.uniform(-0.12, 0.12, restarts), "o", color="black", alpha=0.5)
    from_x = losses(network, week02.bim(network, x[[i]], y[[i]], 0.15, 0.015, steps), y[[i]])
    panel.plot(from_x, row, "*", color="#D55E00", markersize=14, markeredgecolor="black")
panel.plot([], [], "o", color="black", alpha=0.5, label="PGD, one of twenty starts")
panel.plot([], [], "*", color="#D55E00", markersize=12, markeredgecolor="black", label="BIM, from x")
panel.set(yticks=range(len(chosen)), xlabel=f"loss after {steps} steps (nats)", ylim=(-0.5, len(chosen) - 0.1))
panel.set_yticklabels([f"a {y[i]}" for i in chosen])
panel.set_title("Where twenty random starts end, eps 0.15", fontsize=10)
panel.grid(alpha=0.3, axis="x")
panel.legend(loc="upper right", ncols=2)
plt.show()
ratios = ends.max(axis=1) / ends.min(axis=1)
print(f"Largest loss divided by the smallest: {', '.join(f'{ratio:.2f}' for ratio in ratios)}.")
print("You did not guess." if my_guess_for_the_spread is None else f"You said {my_guess_for_the_spread:g}.")

# %% [markdown]
# One copy of the image for each start in a single batch: that is why a draw must give every image its own noise.
#
# The starts end in different places. These three are digits that FGSM could not fool, at an eps where the attack just
# wins or just loses, and there the best of twenty starts may be almost three times as high as the worst: *restarts pay
# where it is tight*. Starting from `x` is one start of many, neither the best nor the worst.
#
# On their networks Madry et al. found losses that lay close together, and drew a bold conclusion: if all walks end
# about equally high, then PGD finds about the worst there is, and what stands against PGD stands against every attack
# that follows gradients. It is a conjecture, and it held up well. Its weak point is a land that is *made* flat or
# rugged around `x`: weeks 3 and 4.

# %% [markdown]
# ## 4. Momentum  *(20 minutes, medium: `mim`)*
#
# A walker who follows the steepest direction in each step may zigzag. Momentum keeps a share `decay` of the old
# direction. Each gradient is divided by its mean absolute value first: near `x` gradients are tiny, later they are
# thousands of times larger, and without the division the first steps would count for nothing.
#
# **Predict:** the three attacks, ten steps each, same eps. Which reaches the highest loss on the network it attacks?
# Which the lowest accuracy?

# %%
my_favourite = None  # "BIM", "PGD" or "MIM"

# %%
size = 0.15
walks = {
    "BIM": lambda network, x, y, eps, steps: week02.bim(network, x, y, eps, eps / 5, steps),
    "PGD": lambda network, x, y, eps, steps: week02.pgd(network, x, y, eps, eps / 5, steps, seed=1),
    "MIM": lambda network, x, y, eps, steps: week02.mim(network, x, y, eps, eps / 5, steps, decay=1.0),
}
counts = [0, 1, 2, 3, 5, 7, 10, 15]
few = slice(0, 60)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
after_ten = {}
looks = zip(walks.items(), "os^", ("-", "--", "-."), ("#0072B2", "#D55E00", "black"), strict=True)
for (name, walk), marker, style, colour in looks:
    images = [np.asarray(walk(network, x[few], y[few], size, steps)) for steps in counts]
    after_ten[name] = losses(network, images[counts.index(10)], y[few]).mean()
    look = {"marker": marker, "linestyle": style, "color": colour, "label": name}
    axes[0].plot(counts, [losses(network, batch, y[few]).mean() for batch in images], **look)
    axes[1].plot(counts, [accuracy(network, batch, y[few]) for batch in images], **look)
axes[0].set(xlabel="steps", ylabel="mean loss (nats)", title=f"Loss by iteration, eps {size:g}")
axes[1].set(xlabel="steps", ylabel="accuracy", title=f"Accuracy by iteration, eps {size:g}", ylim=(-0.03, 1.03))
axes[1].yaxis.set_major_formatter(PercentFormatter(1))
for panel in axes:
    panel.grid(alpha=0.3)
    panel.legend()
plt.show()
best = max(after_ten, key=after_ten.get)
print(
    f"After ten steps {best} is highest.", "You did not guess." if my_favourite is None else f"You said {my_favourite}."
)

# %% [markdown]
# Momentum is *slower* here: with `decay = 1` it adds up all gradients since the start, and turns late. On the network
# it attacks, plain BIM needs no help, as it finds its way without a zigzag. Then what is momentum for?
#
# Dong et al. wanted attacks that *transfer*: made on one network, read by another. A direction that was right over
# many steps should be less of a peculiarity of the one network.
#
# **Predict:** images are made on the small network at eps 0.25 and read by the wide one. Which attack does best there?

# %%
other = load_network("small_cnn")
makers = {
    "FGSM": lambda network, x, y: week02.bim(network, x, y, 0.25, 0.25, 1),
    "BIM": lambda network, x, y: week02.bim(network, x, y, 0.25, 0.06, 10),
    "PGD": lambda network, x, y: week02.pgd(network, x, y, 0.25, 0.06, 10, 1),
    "MIM, decay 0.5": lambda network, x, y: week02.mim(network, x, y, 0.25, 0.06, 10, 0.5),
    "MIM, decay 1": lambda network, x, y: week02.mim(network, x, y, 0.25, 0.06, 10, 1.0),
}
made = {name: np.asarray(make(other, x, y)) for name, make in makers.items()}
on_maker = [accuracy(other, images, y) for images in made.values()]
on_reader = [accuracy(network, images, y) for images in made.values()]
figure, panel = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
place = np.arange(len(made))
white = panel.bar(place - 0.2, on_maker, 0.4, color="#0072B2", edgecolor="black", label="read by the network attacked")
black = panel.bar(place + 0.2, on_reader, 0.4, color="#E69F00", edgecolor="black", hatch="//", label="read by another")
panel.bar_label(white, fmt="{:.0%}", fontsize=9)
panel.bar_label(black, fmt="{:.0%}", fontsize=9)
panel.set(xticks=place, xlabel="attack", ylabel="accuracy", ylim=(0, 0.6), title="Made on the small network, eps 0.25")
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.set_xticklabels(made)
panel.legend()
plt.show()

# %% [markdown]
# FGSM, the weakest attack on the network it was made on, transfers worst as well, and momentum helps little at most: a
# few images. In the paper, on large networks and photographs, it helps a lot. Two lessons: *strong against the network
# it was made on* and *strong against another* are two properties, and what a paper found on its data need not be so on
# yours. Measure.

# %% [markdown]
# ## 5. How much eps does it take?  *(10 minutes, easy)*
#
# **Predict:** one step left 27 % of the digits at eps 0.2, in part 2. At which eps does PGD bring the network down to
# the same 27 %?

# %%
my_guess_for_the_eps = None  # an eps from 0 to 0.3

# %%
sizes = np.array([0, 0.04, 0.08, 0.12, 0.15, 0.18, 0.22, 0.26, 0.3])
attacks = {
    "FGSM, 1 step": lambda network, x, y, eps: week02.bim(network, x, y, eps, eps, 1),
    "BIM, 10 steps": lambda network, x, y, eps: week02.bim(network, x, y, eps, eps / 4, 10),
    "PGD, 10 steps": lambda network, x, y, eps: week02.pgd(network, x, y, eps, eps / 4, 10, 1),
    "MIM, 10 steps": lambda network, x, y, eps: week02.mim(network, x, y, eps, eps / 4, 10, 0.5),
}
curves = {
    name: [accuracy(network, attack(network, x[few], y[few], float(size)), y[few]) for size in sizes]
    for name, attack in attacks.items()
}
accuracy_against_eps(sizes, curves, title="The same network, four attacks, 60 digits")

# %%
fallen = float(np.interp(-0.27, -np.array(curves["PGD, 10 steps"]), sizes))
print(f"PGD leaves 27 % at eps {fallen:.2f}.", end=" ")
print("You did not guess." if my_guess_for_the_eps is None else f"You said {my_guess_for_the_eps:g}.")

# %% [markdown]
# The network did not change between the curves. What FGSM measured was *FGSM*. Whenever somebody reports a robustness,
# ask against what: the number is an upper bound, and a better attack lowers it. That is also why the attack that
# measures a defence must be as strong as you can make it, with enough steps to arrive: once more steps and more starts
# change nothing, you may begin to believe it.

# %% [markdown]
# ## 6. Another ball  *(20 minutes, medium: `project_l2`, `pgd_l2`)*
#
# "No pixel by more than eps" is one idea of small. Another is the Euclidean length ‖δ‖₂ of the whole perturbation.
# Then the best step is not the sign but the gradient itself, scaled to a length; and the ball is round.
#
# **Predict:** an L∞ perturbation of eps 0.15 in every pixel has a length of 0.15 · √784 = 4.2. How long must an L2
# perturbation be to fool the network on half of the digits?

# %%
my_guess_for_the_length = None  # a length from 0 to 4.2

# %%
lengths = np.array([0, 0.5, 1, 1.5, 2, 2.5, 3])
round_ball = [np.asarray(week02.pgd_l2(network, x[few], y[few], float(r), float(r) / 4, 10)) for r in lengths]
left = [accuracy(network, images, y[few]) for images in round_ball]
figure, panel = plt.subplots(figsize=(6.5, 4), layout="constrained")
panel.plot(lengths, left, "o-", color="#0072B2")
panel.set(xlabel="eps: length of the perturbation, L2 (one pixel from black to white is 1)", ylabel="accuracy")
panel.set(title="PGD in the L2 norm, 10 steps", ylim=(-0.03, 1.03))
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.grid(alpha=0.3)
plt.show()
half = float(np.interp(-0.5, -np.array(left), lengths))
print(f"Half of them are left at a length of {half:.1f}.", end=" ")
print("You did not guess." if my_guess_for_the_length is None else f"You said {my_guess_for_the_length:g}.")

# %%
in_linf = np.asarray(week02.bim(network, x[few], y[few], 0.15, 0.15 / 4, 10))
in_l2 = round_ball[list(lengths).index(2.5)]
fooled = [
    i for i in range(len(x[few])) if predictions(network, np.stack([in_linf[i], in_l2[i]])).tolist().count(y[i]) == 0
][:3]
figure, axes = plt.subplots(len(fooled), 3, figsize=(7.5, 2.6 * len(fooled)), layout="compressed", squeeze=False)
for row, i in enumerate(fooled):
    pictures = {"clean": x[i], "L∞, eps 0.15": in_linf[i], "L2, eps 2.5": in_l2[i]}
    for panel, (name, image) in zip(axes[row], pictures.items(), strict=True):
        panel.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
        norms = perturbation_norms(x[[i]], image[None])
        told = "" if name == "clean" else f"\n‖δ‖₂ {norms['l2'][0]:.1f}, largest {norms['linf'][0]:.2f}"
        panel.set_title(f"{name}: read as {predictions(network, image[None])[0]}{told}", fontsize=9)
        panel.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# L∞ spreads a thin veil over everything: many small changes. L2 may spend its whole length where it pays: fewer pixels
# near the strokes, some of them changed a lot. Neither is "right": both stand in for "a human still reads the same
# digit", and a network that withstands one may fall to the other.

# %% [markdown]
# ## 7. What is taken for what  *(15 minutes, easy: `confusion`)*
#
# Accuracy says how often the network is wrong, not how. Count: which digit was it, what was read?
#
# **Predict:** what do the zeros become under attack? And is there a digit that nearly everything turns into?

# %%
many = random.permutation(len(data.x_test))[:500]
images, labels = data.x_test[many], data.y_test[many]
attacked = np.asarray(week02.bim(network, images, labels, 0.15, 0.15 / 4, 10))
tables = {
    "before the attack": week02.confusion(labels, predictions(network, images), 10),
    "after BIM, eps 0.15": week02.confusion(labels, predictions(network, attacked), 10),
}
figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
for panel, (name, table) in zip(axes, tables.items(), strict=True):
    table = np.asarray(table)
    drawn = panel.imshow(table, cmap="cividis", vmin=0, vmax=60)
    for digit, read in np.argwhere(table > 0):
        colour = "white" if table[digit, read] < 30 else "black"
        panel.text(read, digit, f"{table[digit, read]:g}", ha="center", va="center", color=colour, fontsize=9)
    panel.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="the digit really is")
    panel.set_title(f"{name}: {np.trace(table) / table.sum():.0%} on the diagonal", fontsize=11)
figure.colorbar(drawn, ax=axes, label="images", shrink=0.8)
plt.show()

# %%
after = np.asarray(tables["after BIM, eps 0.15"]).copy()
np.fill_diagonal(after, 0)
print(
    "Most wrong readings are", ", ".join(f"{read} ({after[:, read].sum():g})" for read in np.argsort(-after.sum(0))[:3])
)
pairs = sorted(((after[i, j], i, j) for i in range(10) for j in range(10)), reverse=True)[:5]
print("The most frequent pairs:", ", ".join(f"{i} read as {j} ({count:g})" for count, i, j in pairs))

# %% [markdown]
# Before the attack the table is a diagonal. After it little is left of that, but the rest is not even: an untargeted
# attack slides to the *nearest* wrong class, and some classes have many neighbours. Which pairs look alike to you as
# well (4 and 9, 3 and 5), and which don't? Where the network's neighbours are not yours, it has learnt something else
# than you have.

# %% [markdown]
# ## 8. Quiz  *(10 minutes, think)*
#
# Not graded. Choose, then open your choice; the others are worth reading too.
#
# **1. BIM projects around the image before the step instead of around the original. What does it return?**
#
# <details><summary>a) The same, as the steps are small.</summary>
# No. A ball of radius eps around the image before the step holds every step that is shorter than eps: the projection
# never does anything.</details>
# <details><summary>b) Images that may be steps · step_size away.</summary>
# Right. The network is fooled even more often, and the attack looks better than it is: it broke the rules.</details>
# <details><summary>c) NaN.</summary>
# No, nothing is divided here.</details>
#
# **2. You use step_size = eps / steps. What do you lose?**
#
# <details><summary>a) Nothing: the steps add up to eps.</summary>
# They add up to eps only if no pixel ever turns round. One that does can't make up for it.</details>
# <details><summary>b) The attack can't correct itself and still reach the surface.</summary>
# Right. The usual choice is step_size · steps of 2 · eps and more.</details>
# <details><summary>c) The range: pixels leave [0, 1].</summary>
# No, the projection sees to that whatever the step.</details>
#
# **3. In pgd one number is drawn for each pixel, but the same 784 numbers for all images of the batch. Who notices?**
#
# <details><summary>a) Nobody: each image gets a uniform start.</summary>
# Each by itself does. But restarts in one batch, as in part 3, would all be the same run.</details>
# <details><summary>b) Whoever puts copies of one image into a batch.</summary>
# Right: twenty restarts would be one restart, and you would think that all starts end at the same loss.</details>
# <details><summary>c) The network: its loss rises less.</summary>
# No, one start is as good as another.</details>
#
# **4. In mim the gradient is divided by the sum of absolute values instead of the mean. What changes?**
#
# <details><summary>a) Nothing.</summary>
# Right. All gradients of an image are divided by 784 more, so the momentum is 784 times smaller, and its sign is the
# same. The paper has the sum, CleverHans the mean.</details>
# <details><summary>b) The steps get shorter.</summary>
# No: the sign has no size, every pixel moves by step_size.</details>
# <details><summary>c) The momentum decays faster.</summary>
# No: decay multiplies a sum of which every part was divided by the same number.</details>
#
# **5. And if it is divided by the mean over the whole batch?**
#
# <details><summary>a) Nothing changes either.</summary>
# It would, if that mean were the same in every step. But it changes from step to step, in another way than the mean of
# one image does.</details>
# <details><summary>b) What happens to an image depends on its neighbours.</summary>
# Right: an image with a tiny gradient beside one with a large one gets other weights than alone. An attack of one image
# should not depend on who else is attacked.</details>
# <details><summary>c) It diverges.</summary>
# No, signs of anything are bounded.</details>
#
# **6. A defence leaves 80 % under FGSM and 75 % under BIM with 10 steps. The authors report 75 %. What do you ask?**
#
# <details><summary>a) Nothing, BIM is strong.</summary>
# Strong against an ordinary network. Against this one nobody knows yet.</details>
# <details><summary>b) What 100 steps, several random starts and another step size give.</summary>
# Right. If the number still falls, the attack had not arrived. And what an attack gives that knows the defence: next
# week.</details>
# <details><summary>c) What the clean accuracy is.</summary>
# A good question too, but it does not tell you whether 75 % is true.</details>
#
# **7. In L2 the step is the gradient divided by its norm, in L∞ its sign. Why not the other way round?**
#
# <details><summary>a) It is only a convention.</summary>
# No: each is the step that raises a linear loss most, for its own idea of length.</details>
# <details><summary>b) Each is the best step for its ball.</summary>
# Right. g·δ with ‖δ‖₂ fixed is largest along g; with every |δᵢ| bounded it is largest at the signs of g.</details>
# <details><summary>c) The sign would leave [0, 1].</summary>
# Both may; the projection sees to it.</details>

# %% [markdown]
# ## What to take with you
#
# - Step, look again, project: that loop is the backbone of nearly every attack on images, and of the defence in week 4.
# - A ball belongs around the *original* image, and its norm is a choice that somebody made.
# - A random start costs nothing, lets you try again, and is not fooled by a flat spot at `x`.
# - Accuracy under an attack says as much about the attack as about the network.
#
# What you have learnt works on networks that people rely on. Try it on your own; for anybody else's, ask first.
#
# ## References
#
# - A. Kurakin, I. Goodfellow, S. Bengio: *Adversarial examples in the physical world*, 2016,
#   [arXiv:1607.02533](https://arxiv.org/abs/1607.02533). BIM; part 2.
# - A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu: *Towards deep learning models resistant to adversarial
#   attacks*, 2017, [arXiv:1706.06083](https://arxiv.org/abs/1706.06083). PGD, the conjecture of part 3, L2; parts 3, 6.
# - Y. Dong, F. Liao, T. Pang, H. Su, J. Zhu, X. Hu, J. Li: *Boosting adversarial attacks with momentum*, 2018,
#   [arXiv:1710.06081](https://arxiv.org/abs/1710.06081). Part 4.
# - A. Athalye, N. Carlini, D. Wagner: *Obfuscated gradients give a false sense of security*, 2018,
#   [arXiv:1802.00420](https://arxiv.org/abs/1802.00420). What question 6 is about.
