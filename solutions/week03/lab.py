# %% [markdown]
# # Week 3: clean the input
#
# An adversarial perturbation is faint and fussy; a digit is bold. So wash the image before the network reads it. One
# line of code, no training, and most of what the attack took is back. By the end of this lab you know when that is
# real, when it only *seems* so, and which question to ask to tell the two apart.
#
# **How to work.** You write eight functions in `week03.py`; this notebook shows what they do. Open both side by side.
# A function that you save is picked up here at once. Each part says which function it needs: write it, check it in a
# terminal with `otter check week03.py -q q1`, then run the part. *Predict first, then run*: wherever a guess is `None`,
# put in your own number before you go on, such as 0.7 for 70 %.
#
# | part | you write | minutes | difficulty |
# | --- | --- | ---: | --- |
# | 1. What we are up against | `input_gradient`: copy week 1's | 5 | easy |
# | 2. Black or white | `binary_threshold` | 10 | easy |
# | 3. Two filters | `gaussian_blur`, `percentile_filter` | 20 | easy, but mind the axes |
# | 4. A defence, and its price | `defend`, `defence_report` | 15 | easy |
# | 5. Turn the knobs | – | 10 | think |
# | 6. What is thresholding good for? | – | 15 | think |
# | 7. The attacker knows | `bpda_attack` | 20 | medium |
# | 8. A defence that rolls dice | `randomised_logits`, `eot_gradient` | 15 | medium |
# | 9. How not to fool yourself | – | 5 | think |
# | 10. Quiz | – | 10 | think |

# %%
# %load_ext autoreload
# %autoreload 2
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from course.quiet import quiet_start

with quiet_start():  # TensorFlow talks a lot when it starts; you see it only if something goes wrong
    import keras
    import week03

    from course.data import digits
    from course.device import use_gpu_politely
    from course.figures import accuracy_against_eps
    from course.guesses import compare
    from course.measures import accuracy, predictions
    from course.networks import load_network, small_cnn

    device = use_gpu_politely()
print(f"TensorFlow computes on: {device}")

random = np.random.default_rng(1)


def show(panel: Axes, image: np.ndarray, title: str) -> None:
    """An image of grey pixels from 0, black, to 1, white."""
    panel.imshow(np.asarray(image)[..., 0], cmap="gray", vmin=0, vmax=1)
    panel.set_title(title, fontsize=9)
    panel.set(xticks=[], yticks=[])


# %% [markdown]
# ## 1. What we are up against  *(5 minutes, easy: `input_gradient`, copied)*
#
# The network of week 1, and two attacks that you know: one step (FGSM) and ten small ones (BIM). They are written out
# below, and ask your `input_gradient` for the gradient.

# %%
data = digits()
order = random.permutation(len(data.x_test))[:300]
x, y = data.x_test[order], data.y_test[order]
network = load_network("seed_cnn")


def fgsm(model: Callable, images: np.ndarray, labels: np.ndarray, eps: float) -> np.ndarray:
    """Week 1's attack: one step of eps."""
    return np.clip(images + eps * np.sign(week03.input_gradient(model, images, labels)), 0, 1)


def bim(model: Callable, images: np.ndarray, labels: np.ndarray, eps: float, steps: int = 10) -> np.ndarray:
    """Week 2's attack: small steps, none of them further than eps from the image. It knows of no defence."""
    lowest, highest = np.clip(images - eps, 0, 1), np.clip(images + eps, 0, 1)
    moved = images
    for _ in range(steps):
        uphill = np.sign(week03.input_gradient(model, moved, labels))
        moved = np.clip(moved + eps / 4 * uphill, lowest, highest)
    return moved


eps = 0.2
one_step, ten_steps = fgsm(network, x, y, eps), bim(network, x, y, eps)
for name, images in {"clean": x, "one step (FGSM)": one_step, "ten steps (BIM)": ten_steps}.items():
    print(f"{name:>16}: {accuracy(network, images, y):.1%} are read correctly.")

# %% [markdown]
# ## 2. Black or white  *(10 minutes, easy: `binary_threshold`)*
#
# An attack with eps 0.2 may change a pixel from 0 to 0.2, or from 1 to 0.8. Round both to the nearer of black and
# white, and the change is gone. How many pixels of a digit are neither?
#
# **Predict:** which share of a digit's pixels lies between 0.3 and 0.7, where such a change could push them across the
# threshold of 0.5?

# %%
my_guess_for_the_middle = None  # from 0 to 1

# %%
compare(my_guess_for_the_middle, float(np.mean((x > 0.3) & (x < 0.7))))

figure, panel = plt.subplots(figsize=(7, 3.2), layout="constrained")
for name, images, style in (("clean", x, "-"), ("ten steps, eps 0.2", ten_steps, "--")):
    share, edges = np.histogram(images, bins=25, range=(0, 1), weights=np.full(images.shape, 1 / images.size))
    panel.stairs(share, edges, label=name, linestyle=style, linewidth=1.6, color="#0072B2" if style == "-" else "black")
panel.axvline(0.5, color="0.4", linestyle=":")
panel.text(0.505, 0.3, "threshold", color="0.3", fontsize=9)
panel.set(yscale="log", xlabel="grey level of a pixel (0 black, 1 white)", ylabel="share of the pixels (log scale)")
panel.set_title("Digits are black or white; the attack fills the gaps, but few pixels cross", fontsize=10)
panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
panel.legend()
plt.show()

# %%
one_of_each = np.array([np.flatnonzero(y == digit)[0] for digit in range(10)])
chosen = one_of_each[[2, 4, 7, 9]]
rows = {
    "clean": x[chosen],
    "attacked": ten_steps[chosen],
    "clean, thresholded": np.asarray(week03.binary_threshold(x[chosen], 0.5)),
    "attacked, thresholded": np.asarray(week03.binary_threshold(ten_steps[chosen], 0.5)),
}
figure, axes = plt.subplots(len(chosen), len(rows), figsize=(8, 8), layout="constrained")
for column, (name, images) in enumerate(rows.items()):
    for row, read in enumerate(predictions(network, images)):
        title = f"{name}\n" if row == 0 else ""
        show(axes[row, column], images[row], f"{title}{y[chosen][row]} is read as {read}")
figure.suptitle("What one comparison washes away (BIM, eps 0.2)", fontsize=11)
plt.show()

# %% [markdown]
# The grey veil is gone. What is left of the attack are a few pixels at the edges of the strokes, which were grey from
# the start.

# %% [markdown]
# ## 3. Two filters  *(20 minutes, easy, but mind the axes: `gaussian_blur`, `percentile_filter`)*
#
# A threshold looks at each pixel alone. A filter lets it ask its neighbours: the blur takes a weighted mean, the
# percentile filter sorts them and takes the one at a given place (50 is the median, 0 the darkest, 100 the brightest).
#
# SciPy has both, and you may use it. The trap: a batch has four axes, and only two of them are directions in an image.
#
# **Predict:** what does a digit look like after a percentile filter with 0? With 100?

# %%
nine = ten_steps[one_of_each[9]][None]
sigmas, percentiles = [0, 0.5, 1.0, 1.6, 2.2], [0, 25, 50, 75, 100]
figure, axes = plt.subplots(2, 5, figsize=(10, 4.6), layout="constrained")
for panel, sigma in zip(axes[0], sigmas, strict=True):
    washed = np.asarray(week03.gaussian_blur(nine, sigma))
    show(panel, washed[0], f"sigma {sigma:g} pixels\nread as {predictions(network, washed)[0]}")
for panel, percentile in zip(axes[1], percentiles, strict=True):
    washed = np.asarray(week03.percentile_filter(nine, percentile, 3))
    show(panel, washed[0], f"percentile {percentile}, 3 × 3\nread as {predictions(network, washed)[0]}")
figure.suptitle("An attacked 9 (BIM, eps 0.2), blurred (above) and filtered by percentile (below)", fontsize=11)
plt.show()

# %% [markdown]
# Percentile 0 is *erosion*: strokes get thinner by a pixel on each side, thin ones vanish. Percentile 100 is
# *dilation*. Both are old friends of optical character recognition.

# %% [markdown]
# ## 4. A defence, and its price  *(15 minutes, easy: `defend`, `defence_report`)*
#
# `defend` puts a transformation in front of the network. What comes out is a network like any other: images in,
# logits out. An honest report has four numbers: with and without the defence, on clean and on attacked images. *The
# price is in the clean column*, and it is often left out.
#
# **Predict:** BIM with eps 0.2 left the network with almost nothing. What is the accuracy behind each of the three?

# %%
my_guess_for_threshold = None  # from 0 to 1
my_guess_for_blur = None  # sigma 1
my_guess_for_median = None  # 3 × 3 pixels


# %%
def black_or_white(images: np.ndarray) -> np.ndarray:
    return np.asarray(week03.binary_threshold(images, 0.5))


def blur(images: np.ndarray) -> np.ndarray:
    return np.asarray(week03.gaussian_blur(images, 1.0))


def median(images: np.ndarray) -> np.ndarray:
    return np.asarray(week03.percentile_filter(images, 50, 3))


defences = {"threshold 0.5": black_or_white, "blur, sigma 1": blur, "median, 3 × 3": median}
reports = {name: week03.defence_report(network, wash, x, y, ten_steps) for name, wash in defences.items()}
for report, guess in zip(
    reports.values(), (my_guess_for_threshold, my_guess_for_blur, my_guess_for_median), strict=True
):
    compare(guess, report["attacked_defended"])

# %%
figure, panel = plt.subplots(figsize=(8, 3.6), layout="constrained")
bars = {
    "clean, no defence": ("clean", "white", ""),
    "clean, defended": ("clean_defended", "0.75", "//"),
    "attacked, no defence": ("attacked", "white", "xx"),
    "attacked, defended": ("attacked_defended", "0.3", ""),
}
for place, (label, (key, colour, hatch)) in enumerate(bars.items()):
    heights = [report[key] for report in reports.values()]
    drawn = panel.bar(
        np.arange(3) + 0.2 * (place - 1.5), heights, 0.19, label=label, color=colour, edgecolor="black", hatch=hatch
    )
    panel.bar_label(drawn, [f"{height:.0%}" for height in heights], fontsize=8)
panel.set(xticks=range(3), ylim=(0, 1.12), xlabel="defence", ylabel="accuracy")
panel.set_title("Three defences against BIM, eps 0.2")
panel.set_xticklabels(list(reports))
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# One of the three is in another league, and costs next to nothing. Before you believe it, two questions: does it depend
# on the *images* (part 6)? And did the attacker *know* (part 7)?

# %% [markdown]
# ## 5. Turn the knobs  *(10 minutes, think)*
#
# Each defence has a knob. Turn all three from one end to the other.
#
# **Predict:** will the best sigma against the attack be the best one for clean images too? Is percentile 50 the best
# percentile? And how carefully must the threshold be chosen?


# %%
def sweep(panel: Axes, wash: Callable, settings: np.ndarray, label: str, sets: dict[str, np.ndarray]) -> None:
    """Accuracy behind `wash(images, setting)` for every setting, a line for each set of images."""
    for (name, images), marker, style in zip(sets.items(), "os^", ("-", "--", ":"), strict=False):
        curve = [accuracy(network, np.asarray(wash(images, float(s))), y) for s in settings]
        colour = {"o": "black", "s": "#0072B2", "^": "#D55E00"}[marker]
        panel.plot(settings, curve, marker=marker, linestyle=style, color=colour, markersize=4, label=name)
    panel.set(xlabel=label, ylim=(-0.03, 1.03))
    panel.yaxis.set_major_formatter(PercentFormatter(1))
    panel.grid(alpha=0.3)


sets = {"clean": x, "FGSM, eps 0.2": one_step, "BIM, eps 0.2": ten_steps}
figure, axes = plt.subplots(1, 3, figsize=(11.5, 3.7), layout="constrained", sharey=True)
sweep(axes[0], week03.binary_threshold, np.linspace(0.05, 0.95, 13), "threshold (grey level, 0 to 1)", sets)
sweep(axes[1], week03.gaussian_blur, np.linspace(0, 2.2, 12), "sigma of the blur (pixels)", sets)
sweep(
    axes[2],
    lambda images, p: week03.percentile_filter(images, p, 3),
    np.linspace(0, 100, 11),
    "percentile, 3 × 3",
    sets,
)
axes[0].set(ylabel="accuracy", title="binary threshold")
axes[1].set_title("Gaussian blur")
axes[2].set_title("percentile filter")
axes[0].legend(loc="lower center")
plt.show()

# %% [markdown]
# <details><summary><b>Think first, then open: what do the three curves say?</b></summary>
#
# The threshold has a wide plateau: anything well inside the gap between black and white will do. It must be further
# from 0 and from 1 than eps: below 0.2 the background's veil crosses it, above 0.8 the strokes do.
#
# The blur trades. At a sigma of about 1.5 it gives back half of the digits, and clean ones begin to suffer; beyond it
# takes the digit away with the attack. The perturbation is not noise: its signs agree over whole regions, and what a
# neighbourhood agrees on is not averaged out.
#
# The median, which many would try first, does nothing against BIM: it removes *single* pixels that differ from their
# neighbours (it was made for dust), and here whole neighbourhoods have moved together. The bright end is better. Where
# the attack made a stroke darker, some neighbour is still white, and the brightest of nine wins; the digit gets bolder,
# which this network does not mind. Would you have chosen percentile 90 without the sweep? And having chosen it *with*
# the attacked images in hand, would you expect as much on the next attack?
# </details>

# %% [markdown]
# ## 6. What situations are best suited for binary thresholding?  *(15 minutes, think)*
#
# The question this course began with. You have seen one situation in which it works. Let us build one in which we
# expect trouble: *the same digits, the same labels*, written in grey on photographs. (The network is another one, too,
# a small one that learns these pictures here: compare each curve with its own network without a threshold.)
#
# The photographs are real: two that come with scikit-learn (a temple and a flower) and one that comes with matplotlib
# (Grace Hopper). Of each, the left half is for training and the right half for testing, so no piece of a picture is in
# both. A pixel is 35 % ink and 65 % photograph. That makes a data set of our own: say so when you quote its numbers.
# (MNIST-M, Ganin and Lempitsky 2014, is a well-known relative.)

# %%
import matplotlib.cbook as cbook
from sklearn.datasets import load_sample_images

hopper = plt.imread(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
photographs = [np.asarray(rgb) @ [0.299, 0.587, 0.114] / 255 for rgb in (*load_sample_images().images, hopper)]


def backgrounds(n: int, half: int) -> np.ndarray:
    """n pieces of 28 × 28 pixels from the left (0) or the right (1) halves of the photographs."""
    pieces = []
    for _ in range(n):
        photograph = photographs[random.integers(len(photographs))]
        middle = photograph.shape[1] // 2
        top, left = random.integers(photograph.shape[0] - 27), random.integers(middle - 27) + half * middle
        pieces.append(photograph[top : top + 28, left : left + 28])
    return np.array(pieces, np.float32)[..., None]


def learn(images: np.ndarray, labels: np.ndarray) -> Callable:
    """A small network that is trained on these images for 8 epochs."""
    keras.utils.set_random_seed(1)
    fresh = small_cnn(1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    fresh.compile(keras.optimizers.Adam(0.002), loss)
    fresh.fit(images, labels, batch_size=100, epochs=8, verbose=0)
    return fresh


lesson = random.permutation(len(data.x_train))[:4000]
ink = 0.35
x_lesson = ink * data.x_train[lesson] + (1 - ink) * backgrounds(len(lesson), half=0)
x_photo = ink * x + (1 - ink) * backgrounds(len(x), half=1)
photo_network = learn(x_lesson, data.y_train[lesson])
print(f"{accuracy(photo_network, x_photo, y):.1%} of the digits on photographs are read correctly.")

# %%
figure, axes = plt.subplots(2, 7, figsize=(10, 3.2), layout="constrained")
for column, place in enumerate(one_of_each[:7]):
    show(axes[0, column], x_photo[place], f"the digit {y[place]}")
    washed = week03.binary_threshold(x_photo[place][None], 0.5)
    show(axes[1, column], washed[0], f"read as {predictions(photo_network, washed)[0]}")
figure.suptitle("Ink on pieces of photographs, and the same with a threshold of 0.5", fontsize=11)
plt.show()

# %% [markdown]
# **Predict:** at the best of all thresholds, which share of these digits is read? And if a network is *trained* on
# thresholded images, so that it is used to them?

# %%
my_guess_for_the_best_threshold = None  # from 0 to 1
my_guess_for_a_trained_network = None  # from 0 to 1

# %%
thresholds = np.linspace(0.05, 0.95, 13)
plain_curve = [accuracy(network, np.asarray(week03.binary_threshold(x, float(t))), y) for t in thresholds]
photo_curve = [accuracy(photo_network, np.asarray(week03.binary_threshold(x_photo, float(t))), y) for t in thresholds]
best = float(thresholds[int(np.argmax(photo_curve))])
used_to_it = learn(np.asarray(week03.binary_threshold(x_lesson, best)), data.y_train[lesson])
trained_accuracy = accuracy(used_to_it, np.asarray(week03.binary_threshold(x_photo, best)), y)
compare(my_guess_for_the_best_threshold, max(photo_curve))
compare(my_guess_for_a_trained_network, trained_accuracy)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.7), layout="constrained")
for name, images, style, colour in (("on black", x, "-", "black"), ("on photographs", x_photo, "--", "#0072B2")):
    share, edges = np.histogram(images, bins=25, range=(0, 1), weights=np.full(images.shape, 1 / images.size))
    left.stairs(share, edges, label=name, linestyle=style, color=colour, linewidth=1.6)
left.set(yscale="log", xlabel="grey level of a pixel (0 black, 1 white)", ylabel="share of the pixels (log scale)")
left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
left.set_title("Is there a gap to put a threshold into?", fontsize=10)
left.legend()
right.plot(thresholds, plain_curve, "o-", color="black", markersize=4, label="digits on black")
right.plot(thresholds, photo_curve, "s--", color="#0072B2", markersize=4, label="digits on photographs")
right.plot(
    [best], [trained_accuracy], "*", color="#D55E00", markersize=15, fillstyle="none", label="… network trained for it"
)
right.axhline(accuracy(photo_network, x_photo, y), color="#0072B2", linestyle=":", linewidth=1.2)
right.text(0.03, accuracy(photo_network, x_photo, y) - 0.06, "photographs, no threshold", fontsize=8, color="#0072B2")
right.set(xlabel="threshold (grey level, 0 to 1)", ylabel="accuracy on clean images", ylim=(0, 1.03))
right.yaxis.set_major_formatter(PercentFormatter(1))
right.set_title("Where nobody attacks at all", fontsize=10)
right.legend(loc="lower center", fontsize=8)
right.grid(alpha=0.3)
plt.show()

# %% [markdown]
# The digit is still there for you to see: it is brighter than what lies *around* it. But it is not brighter than some
# fixed number, and a fixed number is all that a threshold knows. Training does not bring it back: what was thrown away
# is gone.
#
# Now attack both, with attackers that know of no defence. On photographs a pixel is at most 0.35 brighter with ink
# than without, so eps is smaller there, too: 0.05.

# %%
photo_eps = 0.05
photo_attacked = bim(photo_network, x_photo, y, photo_eps)


def at_best(images: np.ndarray) -> np.ndarray:
    return np.asarray(week03.binary_threshold(images, best))


on_photographs = week03.defence_report(photo_network, at_best, x_photo, y, photo_attacked)
print(f"{'':36}{'clean':>8}{'defended':>10}{'attacked':>10}{'defended':>10}")
for name, report in (
    ("digits on black, eps 0.2", reports["threshold 0.5"]),
    (f"digits on photographs, eps {photo_eps:g}", on_photographs),
):
    keys = ("clean", "clean_defended", "attacked", "attacked_defended")
    print(f"{name:<36}" + "".join(f"{report[key]:>{8 if key == 'clean' else 10}.0%}" for key in keys))

# %% [markdown]
# <details><summary><b>Your answer first, then open: what situations are best suited?</b></summary>
#
# Thresholding suits where three things come together:
#
# 1. **The information is binary to begin with**: ink or no ink, text, line drawings, bar codes, masks. Then the price
#    on clean images is nearly nothing. Look at the histogram before you look at any accuracy: two peaks and a gap.
# 2. **The gap is wider than the attack**: a threshold t protects a pixel that is further than eps from t. Almost all
#    pixels of a digit are further than 0.2 from 0.5. With eps 0.5 none would be.
# 3. **One threshold fits the whole image**: even light, even paper.
#
# Where the information is *in* the greys (photographs, X-rays, faces, shading) it destroys what the network needs, and
# there is no threshold that does not. On the photographs the attacked images do gain in accuracy, and a report with
# that column alone would call it a success. It *seems* to help: but the defended network reads fewer digits when nobody
# attacks than the plain one.
# </details>

# %% [markdown]
# ## 7. The attacker knows  *(20 minutes, medium: `bpda_attack`)*
#
# All attackers so far aimed at the bare network. The images were then washed. That is not how it goes: a defence is
# used for years, and somebody finds out. So let the attacker know the transformation, and aim *through* it: an
# *adaptive* attack.
#
# By the chain rule? The threshold is a step: its derivative is zero everywhere, and infinite at one place. The gradient
# with respect to the image is exactly zero. In week 1's quiz you said what that proves.
#
# The way round (Athalye, Carlini and Wagner 2018): *forward* use the true transformation; *backward* use another one
# that is roughly the same and has a derivative. Roughly the same as a blur, or as a threshold, is ... the identity:
# black stays black, white stays white. So take the gradient at transform(x_adv) as if it were the gradient at x_adv.
# That is all of BPDA; with the identity it is also called the *straight-through estimator*.
#
# **Predict:** eps 0.2, ten steps. Behind the blur BIM left 27 %, behind the threshold 94 %. What does BPDA leave of
# each?

# %%
my_guess_for_bpda_and_the_blur = None  # from 0 to 1
my_guess_for_bpda_and_the_threshold = None  # from 0 to 1

# %%
for wash, guess in ((blur, my_guess_for_bpda_and_the_blur), (black_or_white, my_guess_for_bpda_and_the_threshold)):
    through = np.asarray(week03.bpda_attack(network, wash, x, y, eps, eps / 4, 10))
    compare(guess, accuracy(week03.defend(network, wash), through, y))

# %%
sizes = [0, 0.1, 0.2, 0.3, 0.4]
few, labels = x[:100], y[:100]
unaware = [bim(network, few, labels, size) for size in sizes]
curves = {"no defence, BIM": [accuracy(network, images, labels) for images in unaware]}
for name, wash in (("blur, sigma 1", blur), ("threshold 0.5", black_or_white)):
    defended = week03.defend(network, wash)
    aware = [week03.bpda_attack(network, wash, few, labels, size, size / 4, 10) for size in sizes]
    curves[f"{name}, BIM, unaware"] = [accuracy(defended, images, labels) for images in unaware]
    curves[f"{name}, BPDA, aware"] = [accuracy(defended, np.asarray(images), labels) for images in aware]
accuracy_against_eps(sizes, curves, title="Attackers who know of the defence, and who do not")

# %% [markdown]
# Two defences, two stories. Half of what the blur seemed to gain is gone as soon as the attacker knows of it. (At
# least: a blur has a derivative, and an attacker who uses it instead of the identity may take more.) The threshold
# holds: BPDA finds hardly more than BIM did. Is that obfuscation again, or is it real?
#
# Think of what the attacker can *do*. A pixel comes out of the threshold as 0 or as 1, and within eps 0.2 only those
# between 0.3 and 0.7 can be pushed across: the few per cent that you counted in part 2. No attack has more to play
# with, whatever it knows. So the threshold does not only hide the way; it *closes* most of it, and at eps 0.5 it closes
# nothing: every pixel can cross. But that is no proof of robustness yet. A few per cent of 784 are some two dozen
# pixels, and you will see in a moment what ten can do. How much the *best* choice among them would leave, BPDA does not
# tell: what it leaves is an upper bound.
#
# ### Another budget
#
# So the attacker changes the rules. "No pixel by more than eps" was our invention. Let them change a *few* pixels as
# much as they like (an *L0* budget): a speck of dust, a scratch, a sticker. BPDA's gradient tells which: where the loss
# would rise most if the pixel became the opposite.
#
# **Predict:** how many of the 784 pixels does it take to halve the accuracy, behind the threshold? And without it?

# %%
my_guess_for_pixels = None  # from 1 to 784


# %%
def few_pixels(wash: Callable, images: np.ndarray, labels: np.ndarray, most: int) -> list[np.ndarray]:
    """The images after 0, 1, 2 … `most` changed pixels, each the one that promises most, seen through `wash`."""
    history, everyone = [images], np.arange(len(images))
    for _ in range(most):
        flat = history[-1].reshape(len(images), -1).copy()
        seen = np.asarray(wash(history[-1]))
        slope = np.asarray(week03.input_gradient(network, seen, labels)).reshape(flat.shape)
        seen = seen.reshape(flat.shape)
        promise = np.where(slope > 0, (1 - seen) * slope, -seen * slope)
        pixel = promise.argmax(axis=1)
        flat[everyone, pixel] = slope[everyone, pixel] > 0
        history.append(flat.reshape(images.shape))
    return history


plain = few_pixels(lambda images: images, few, labels, 25)
washed = few_pixels(black_or_white, few, labels, 25)
thresholded = week03.defend(network, black_or_white)
without = [accuracy(network, images, labels) for images in plain]
behind = [accuracy(thresholded, images, labels) for images in washed]
halved = int(np.argmax(np.array(behind) < 0.5))
print(f"Behind the threshold {halved} pixels are enough.", end=" ")
print("You did not guess." if my_guess_for_pixels is None else f"You said {my_guess_for_pixels}.")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(1.25, 1), layout="constrained")
left.plot(without, "o-", color="black", markersize=3, label="no defence")
left.plot(behind, "s--", color="#D55E00", markersize=3, label="behind the threshold 0.5")
left.set(
    xlabel="changed pixels, of 784", ylabel="accuracy", ylim=(-0.03, 1.03), title="An attacker with another budget"
)
left.yaxis.set_major_formatter(PercentFormatter(1))
left.grid(alpha=0.3)
left.legend()
victim = int(np.flatnonzero(predictions(thresholded, washed[halved]) != labels)[0])
show(
    right,
    washed[halved][victim],
    f"a {labels[victim]} with {halved} changed pixels, read as {predictions(thresholded, washed[halved])[victim]}",
)
plt.show()

# %% [markdown]
# The two lines are almost the same. Against this attacker the threshold is worth nothing: it lets through exactly what
# is completely black or white. (Schott et al. 2018 found the same for a network with a binary input: hard to fool in
# L∞, hardly harder than an ordinary network in other norms.)
#
# "Robust" is a relation between a defence and a *threat model*. On digits, in L∞, with eps well below one half, the
# threshold leaves an attacker few pixels, and our attack fooled few digits with them. Leave out one word, and the
# sentence is wrong.

# %% [markdown]
# ## 8. A defence that rolls dice  *(15 minutes, medium: `randomised_logits`, `eot_gradient`)*
#
# If a fixed transformation can be aimed through, let us use one that never stays the same: add noise, read, repeat, and
# average. The attacker's gradient is then different every time it is asked for.
#
# **Predict:** take two gradients of the same image, with different dice. How well do they agree? (Their *cosine*: 1 is
# the same direction, 0 no relation.) How many samples does it take until they agree well?

# %%
my_guess_for_one_sample = None  # a cosine from 0 to 1

# %%
small = load_network("small_cnn")
handful, its_labels = x[:40], y[:40]
sigma = 0.4


def dice(samples: int, n: int) -> np.ndarray:
    """Noise for `samples` copies of n images."""
    return random.normal(0, sigma, (samples, n, 28, 28, 1)).astype(np.float32)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The mean cosine of the angle between the gradients of each image."""
    one, other = (np.asarray(g).reshape(len(g), -1) for g in (one, other))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(np.mean((one * other).sum(axis=1) / np.maximum(lengths, 1e-12)))


counts = [1, 2, 4, 8, 16, 32, 64]
agreement = []
for samples in counts:
    two = [week03.eot_gradient(small, handful, its_labels, dice(samples, len(handful))) for _ in range(2)]
    agreement.append(cosine(*two))
if my_guess_for_one_sample is None:
    print(f"You did not guess: with one sample it is {agreement[0]:.2f}.")
else:
    print(f"You said {my_guess_for_one_sample:.2f}, with one sample it is {agreement[0]:.2f}.")

figure, panel = plt.subplots(figsize=(6, 3.4), layout="constrained")
panel.plot(counts, agreement, "o-", color="black")
panel.set(xscale="log", xticks=counts, xlabel="samples of the noise in each gradient (log scale)", ylim=(0, 1.03))
panel.set_xticklabels(counts)
panel.minorticks_off()
panel.set(ylabel="mean cosine of two gradients", title=f"Two attackers with different dice (noise {sigma:g})")
panel.grid(alpha=0.3)
plt.show()

# %% [markdown]
# The dice hide the direction from one look, not from many: the *expected* loss has a gradient like any other. Averaging
# over the defender's dice is called *expectation over transformation* (EOT).
#
# **Predict:** three attackers take one step of 0.12: one along the bare network's gradient, one along the gradient of a
# single noisy copy, one along EOT's with 64 copies. Which leaves the least?

# %%
strong = 0.12
several, their_labels = x[:150], y[:150]


def read_with_dice(images: np.ndarray, samples: int = 16) -> float:
    """The accuracy of the defence, with fresh dice."""
    noisy = np.asarray(week03.randomised_logits(small, images, dice(samples, len(images))))
    return float(np.mean(noisy.argmax(axis=1) == their_labels))


steps = {
    "nobody": np.zeros_like(several),
    "the bare network's gradient": np.asarray(week03.input_gradient(small, several, their_labels)),
    "one noisy copy's gradient": np.asarray(week03.eot_gradient(small, several, their_labels, dice(1, 150))),
    "EOT, 64 noisy copies": np.asarray(week03.eot_gradient(small, several, their_labels, dice(64, 150))),
}
results = {}
for name, slope in steps.items():
    images = np.clip(several + strong * np.sign(slope), 0, 1)
    results[name] = (accuracy(small, images, their_labels), read_with_dice(images))
    print(f"{name:>28}: {results[name][0]:4.0%} without the defence, {results[name][1]:4.0%} behind the dice")

# %% [markdown]
# Aimed at what is really there, the defence's own average, the step hits hardest. (It hits the bare network harder than
# that one's own gradient, too: a mean over a neighbourhood is a better guide for a long step than one point is.) The
# lesson is that of part 7 again: attack the network *as it is used*.
#
# And yet noise is not a bad idea. Averaged over many samples, it is one of the few defences about which something can
# be *proved* (randomised smoothing), once the network is trained to read noisy images.

# %% [markdown]
# ## 9. How not to fool yourself  *(5 minutes, think)*
#
# In 2018 Athalye, Carlini and Wagner took the nine defences without a proof, claimed to withstand white-box attacks,
# that had been accepted at that year's ICLR. Seven relied on gradients being broken, hidden or random; six of those
# fell completely, one in part. They called it *obfuscated gradients*, and it comes in three kinds:
#
# | kind | example of this week | what goes wrong with the attack | what repairs it |
# | --- | --- | --- | --- |
# | shattered | threshold, percentile | the gradient is zero or wrong | BPDA |
# | stochastic | noise | the gradient changes all the time | EOT |
# | vanishing or exploding | none: networks that run many times | the gradient dwindles or grows | reparameterisation |
#
# A network that is very sure is a relative of the third: its loss is flat as far as rounding can tell, and another loss
# or another start helps.
#
# Be suspicious of a defence, your own first of all, if
#
# - one-step attacks do better than iterated ones,
# - black-box attacks do better than white-box ones,
# - a large eps does not bring the accuracy to zero (with eps 0.5 every image can be made the same grey),
# - random search finds what the gradient did not,
# - nobody has attacked it who knew what it does.

# %% [markdown]
# ## 10. Quiz  *(10 minutes, think)*
#
# Not graded. Choose, then open your choice; the others are worth reading too.
#
# **1. A paper: "Our filter raises the accuracy under attack from 2 % to 60 %." What do you ask for first?**
#
# <details><summary>a) The accuracy under a larger eps.</summary>
# Worth knowing, but you would not know what to compare it with. Two columns are missing before that.</details>
# <details><summary>b) The accuracy on clean images with the filter, and an attack that knew the filter.</summary>
# Right: the price, and the adaptive attacker. Without the two, 60 % says little.</details>
# <details><summary>c) The running time.</summary>
# A filter costs next to nothing. It is rarely the problem.</details>
#
# **2. Why is the gradient through a threshold useless?**
#
# <details><summary>a) It is too large.</summary>
# It would be infinite at one single grey level, which no pixel hits. Everywhere else it is something else.</details>
# <details><summary>b) It is zero: a small change of a pixel changes nothing.</summary>
# Right, almost everywhere. FGSM's sign of 0 is 0: the attack stands still, and the defence looks perfect.</details>
# <details><summary>c) TensorFlow has not implemented it.</summary>
# It gives <code>None</code> on purpose: a comparison is declared not differentiable. A true derivative would be 0
# almost everywhere.</details>
#
# **3. BPDA uses the identity backward. When would that be a bad stand-in?**
#
# <details><summary>a) When the transformation mirrors the image.</summary>
# Right: it must be <i>roughly</i> like the transformation. For a mirror the gradient would land on the wrong side;
# there you can use the true derivative, as a mirror has one.</details>
# <details><summary>b) When the transformation is not differentiable.</summary>
# That is exactly when it is needed.</details>
# <details><summary>c) When the transformation blurs a little.</summary>
# It works well: a slightly blurred image is close to the image. (A blur is differentiable, so you need no stand-in.)
# </details>
#
# **4. Why is the step added to x_adv and not to transform(x_adv)?**
#
# <details><summary>a) It makes no difference.</summary>
# It does: a thresholded image is up to 0.5 away from the one you were given. You would have left the budget at
# once.</details>
# <details><summary>b) Because transform(x_adv) is the defender's business.</summary>
# Right. The attacker hands in an image and the defence does the rest. What is handed in has to stay within eps of
# x.</details>
# <details><summary>c) Because the transformation could be random.</summary>
# Even a fixed one is applied after the image has been handed in.</details>
#
# **5. For EOT, is it the mean of the losses or the loss of the mean logits?**
#
# <details><summary>a) The same, by linearity.</summary>
# The loss is not linear in the logits. For a linear network with little noise they are close, which is why the
# mistake goes unnoticed.</details>
# <details><summary>b) The mean of the losses.</summary>
# Right: the definition of EOT is an expectation of the loss. (The loss of the mean attacks the averaging defence more
# directly, and is a fair attack too. It is another one.)</details>
# <details><summary>c) The loss of the mean image.</summary>
# Averaged noise is hardly any noise: that attacks the bare network.</details>
#
# **6. You run a scanner that reads printed forms. Threshold first?**
#
# <details><summary>a) Yes, and the attack problem is solved.</summary>
# Part 7 says no: ten specks of dust in the right places are enough.</details>
# <details><summary>b) Yes, but say against which attackers it helps.</summary>
# Right: printed forms are binary and evenly lit, so it is cheap, and it takes a faint veil off the page. It does not
# take off a scratch.</details>
# <details><summary>c) No, thresholding destroys information.</summary>
# In a photograph it does. On printed paper there is hardly any grey to lose.</details>

# %% [markdown]
# ## What to take with you
#
# - A report of a defence has four numbers. The two on clean images are its price.
# - Thresholding suits where the information is binary, the gap is wider than the attack, and one threshold fits all.
# - Gradients that are zero, wrong or random are no defence. Attack forward through the true thing, backward through a
#   likeness, and average over dice.
# - A failed attack proves little; an argument about what *any* attack can do proves more, and names its threat model.
#
# Next week the network itself changes: it is trained on its enemy.
#
# ## References
#
# - W. Xu, D. Evans, Y. Qi: *Feature squeezing: detecting adversarial examples in deep neural networks*, 2017,
#   [arXiv:1704.01155](https://arxiv.org/abs/1704.01155). Fewer greys, and median filters; parts 2 to 5.
# - C. Guo, M. Rana, M. Cisse, L. van der Maaten: *Countering adversarial images using input transformations*, 2017,
#   [arXiv:1711.00117](https://arxiv.org/abs/1711.00117). Part 4; it is one of the defences that fell.
# - A. Athalye, N. Carlini, D. Wagner: *Obfuscated gradients give a false sense of security: circumventing defenses to
#   adversarial examples*, 2018, [arXiv:1802.00420](https://arxiv.org/abs/1802.00420). BPDA; parts 7 and 9.
# - A. Athalye, L. Engstrom, A. Ilyas, K. Kwok: *Synthesizing robust adversarial examples*, 2017,
#   [arXiv:1707.07397](https://arxiv.org/abs/1707.07397). EOT; part 8.
# - L. Schott, J. Rauber, M. Bethge, W. Brendel: *Towards the first adversarially robust neural network model on MNIST*,
#   2018, [arXiv:1805.09190](https://arxiv.org/abs/1805.09190). Binary inputs, norm by norm; part 7.
# - J. Cohen, E. Rosenfeld, Z. Kolter: *Certified adversarial robustness via randomized smoothing*, 2019,
#   [arXiv:1902.02918](https://arxiv.org/abs/1902.02918). What noise can prove; part 8.
# - F. Tramèr, N. Carlini, W. Brendel, A. Madry: *On adaptive attacks to adversarial example defenses*, 2020,
#   [arXiv:2002.08347](https://arxiv.org/abs/2002.08347). Two years later, thirteen more defences.
# - Y. Ganin, V. Lempitsky: *Unsupervised domain adaptation by backpropagation*, 2014,
#   [arXiv:1409.7495](https://arxiv.org/abs/1409.7495). Digits on photographs; part 6.
