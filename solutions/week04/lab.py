# %% [markdown]
# # Week 4: train on your enemy
#
# For three weeks you broke networks. Now you build one that resists: you show it, while it learns, the very images that
# are made to fool it. By the end of this lab you have reproduced a table that looks like a victory, taken it apart, and
# trained a small network that deserves its numbers.
#
# **How to work.** You write six functions in `week04.py`; this notebook shows what they do. Open both side by side. A
# function that you save is picked up here at once. Each part says which function it needs: write it, check it in a
# terminal with `otter check week04.py -q q1`, then run the part. *Predict first, then run*: wherever a guess is `None`,
# put in your own number before you go on, such as 0.7 for 70 %.
#
# | part | you write | minutes | difficulty |
# | --- | --- | ---: | --- |
# | 1. The enemy | – | 10 | easy |
# | 2. A loss with an attack in it | `adversarial_loss` | 25 | medium |
# | 3. Step by step | `train_step`, `adversarial_fit` | 40 | hard: many small things must be right |
# | 4. The same image, two networks | – | 10 | easy |
# | 5. The simpler way | `augment` | 15 | easy |
# | 6. The table, and what it hides | `robustness_table` | 20 | easy to write, worth thinking about |
# | 7. The better answer | `input_gradient`: copy week 1's; `fgsm_random_start` | 20 | medium |
# | 8. Quiz | – | 10 | think |

# %%
# %load_ext autoreload
# %autoreload 2
from collections.abc import Callable
from itertools import count
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from course.quiet import quiet_start

with quiet_start():  # TensorFlow talks a lot when it starts; you see it only if something goes wrong
    import keras
    import week04
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.attacks.momentum_iterative_method import momentum_iterative_method
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    from course.data import digits
    from course.device import use_gpu_politely
    from course.guesses import compare
    from course.measures import accuracy, confidence
    from course.networks import load_network

    device = use_gpu_politely()
print(f"TensorFlow computes on: {device}")

keras.utils.set_random_seed(1)
random = np.random.default_rng(1)

# %% [markdown]
# ## 1. The enemy  *(10 minutes, easy)*
#
# Three attacks from the first two weeks. FGSM and MIM are as strong as in the report that part 6 looks into; PGD is as
# strong as is usual for these digits (Madry et al. 2017). They come from the CleverHans library here, so that this lab
# does not depend on your earlier files; your own do as well.
# An attack is a callable `(model, x, y) -> x_adv`, which is all that this week's functions want to know.


# %%
def fgsm(model: Any, x: Any, y: Any) -> Any:
    """One step of 0.23: week 1."""
    return fast_gradient_method(model, x, 0.23, np.inf, clip_min=0.0, clip_max=1.0, y=y)


def mim(model: Any, x: Any, y: Any) -> Any:
    """Ten steps of 0.03 with momentum, within 0.3: week 2."""
    return momentum_iterative_method(model, x, 0.3, 0.03, 10, clip_min=0.0, clip_max=1.0, y=y)


def pgd(model: Any, x: Any, y: Any, steps: int = 40) -> Any:
    """Forty steps of 0.01 (or fewer, longer ones), from a random start, within 0.3: week 2."""
    size = max(0.01, 0.4 / steps) if steps > 1 else 0.3
    return projected_gradient_descent(
        model, x, 0.3, size, steps, np.inf, clip_min=0.0, clip_max=1.0, y=y, rand_init=1.0
    )


attacks = {"FGSM 0.23": fgsm, "MIM 0.3, 10 steps": mim, "PGD 0.3, 40 steps": pgd}

data = digits()
x_train, y_train = data.x_train[:4000], data.y_train[:4000]
chosen = random.permutation(len(data.x_test))[:200]
x, y = data.x_test[chosen], data.y_test[chosen]
undefended = load_network("seed_cnn")
print(f"The undefended network reads {accuracy(undefended, x, y):.1%} of {len(x)} clean digits.")

# %% [markdown]
# **Predict:** what is left of it under each of the three?

# %%
my_guesses = {"FGSM 0.23": None, "MIM 0.3, 10 steps": None, "PGD 0.3, 40 steps": None}  # from 0 to 1

# %%
for title, enemy in attacks.items():
    print(f"{title}: ", end="")
    compare(my_guesses[title], accuracy(undefended, enemy(undefended, x, y), y))

# %% [markdown]
# ## 2. A loss with an attack in it  *(25 minutes, medium: `adversarial_loss`)*
#
# Ordinary training asks for weights that make the loss small on the images. Adversarial training asks for weights that
# make it small on the *worst images nearby*: min over the weights of the mean of max over the ball of the loss (Madry
# et al. 2017). An attack is our guess at the inner maximum. Goodfellow et al. mixed both: (1 − mix) · clean + mix ·
# attacked.
#
# Write `adversarial_loss`. Two things go wrong most often. The attack is a function of the weights, so unless you stop
# it, a gradient may flow back through it (a sign happens to block it, other attacks don't), and training learns to bend
# the *attack* instead of the network. And both passes are training: dropout and batch normalisation must know.
#
# **Predict:** how many times larger is the loss at mix 1 than at mix 0, under each attack?

# %%
mixes = [0, 0.25, 0.5, 0.75, 1]
calm = keras.Sequential([layer for layer in undefended.layers if not isinstance(layer, keras.layers.Dropout)])
few, labels = x[:64], y[:64]
figure, panel = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
for (name, attack), style in zip(attacks.items(), ("o-", "s--", "^:"), strict=True):
    images = attack(calm, few, labels)  # once is enough here: the weights stay as they are
    losses = [float(week04.adversarial_loss(calm, few, labels, lambda *_, made=images: made, mix)) for mix in mixes]
    panel.plot(mixes, losses, style, color="0.1", label=name)
panel.set(xlabel="mix: share of the attacked images in the loss", ylabel="loss (cross-entropy, nats)")
panel.set_title("The loss of the undefended network, on 64 digits", fontsize=10)
panel.legend()
panel.grid(alpha=0.3)
plt.show()

# %% [markdown]
# The mix is linear, so each is a line. What matters is its height at the right end, compared with the left: this is the
# loss that nobody asked the network to keep small. (Dropout was taken out for this figure. With it, in training
# mode, each call gives another number.)

# %% [markdown]
# ## 3. Step by step  *(40 minutes, hard: `train_step`, `adversarial_fit`)*
#
# `train_step` is one update, `adversarial_fit` the loop around it. None of it is deep, and each of these mistakes
# is easily made: the attack made once, on weights that have long changed; the last short batch dropped; the same order
# in every epoch; a reported loss that is the mean of unequal batches; an optimizer made anew, without its momentum;
# accuracy measured while dropout is still on.
#
# Now train. To save time we do not begin with random weights but go on from the undefended network, for three epochs,
# with half of the loss on FGSM images.
#
# **Predict:** after three epochs, how many of the held-out digits does it read under FGSM, made on itself?

# %%
my_guess_for_fgsm = None  # from 0 to 1

# %%
defended = load_network("seed_cnn")
held_out = {
    "clean": [accuracy(defended, x, y)],
    "FGSM 0.23": [accuracy(defended, fgsm(defended, x, y), y)],
}
training: dict[str, list[float]] = {"loss": [], "accuracy": []}
adam = keras.optimizers.Adam(0.001)
for epoch in range(3):
    history = week04.adversarial_fit(defended, adam, x_train, y_train, fgsm, 0.5, 1, 100, seed=epoch)
    for key in training:
        training[key] += history[key]
    held_out["clean"].append(accuracy(defended, x, y))
    held_out["FGSM 0.23"].append(accuracy(defended, fgsm(defended, x, y), y))
compare(my_guess_for_fgsm, held_out["FGSM 0.23"][-1])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(range(1, 4), training["loss"], "o-", color="0.1")
left.set(xlabel="epoch", ylabel="loss (cross-entropy, nats)", xticks=range(1, 4))
left.set_ylim(bottom=0)
left.set_title("Training loss, half clean and half FGSM", fontsize=10)
for (name, line), style in zip(held_out.items(), ("o-", "s--"), strict=True):
    right.plot(range(4), line, style, color="0.1", label=name)
right.set(xlabel="epochs so far", ylabel="accuracy", ylim=(0, 1.03), xticks=range(4))
right.set_title("Held-out digits, attacks made on the network itself", fontsize=10)
right.yaxis.set_major_formatter(PercentFormatter(1))
right.legend(loc="lower right")
for panel in (left, right):
    panel.grid(alpha=0.3)
plt.show()

# %% [markdown]
# From one in seven to most of them, in some seconds, and the clean accuracy hardly suffers. If you stopped here you
# would publish. Remember this curve.

# %% [markdown]
# ## 4. The same image, two networks  *(10 minutes, easy)*
#
# An image is attacked on the undefended network with MIM. Both networks read *the same* attacked image.
#
# **Predict:** will the defended network be right but less sure, or as sure as before?


# %%
def bars_of_both(images: Any, truth: Any, title: str) -> None:
    """Each image beside the probabilities that both networks give to every class."""
    figure, axes = plt.subplots(
        len(images), 2, figsize=(8.5, 2.1 * len(images) + 0.6), width_ratios=(1, 3), layout="constrained"
    )
    shares = {"undefended": confidence(undefended, images), "defended": confidence(defended, images)}
    for row, (image, label) in enumerate(zip(images, truth, strict=True)):
        axes[row, 0].imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
        axes[row, 0].set(xticks=[], yticks=[])
        axes[row, 0].set_title(f"truly {label}", fontsize=10)
        for i, (name, colour, hatch) in enumerate((("undefended", "white", "///"), ("defended", "0.35", ""))):
            axes[row, 1].bar(
                np.arange(10) + 0.4 * i - 0.2,
                shares[name][row],
                0.4,
                color=colour,
                hatch=hatch,
                edgecolor="black",
                label=name,
            )
        axes[row, 1].set(ylim=(0, 1.05), xticks=range(10), ylabel="probability")
        axes[row, 1].yaxis.set_major_formatter(PercentFormatter(1))
    axes[0, 1].legend(loc="upper center", ncols=2, fontsize=9)
    axes[-1, 1].set_xlabel("class")
    figure.suptitle(title, fontsize=11)
    plt.show()


one_of_each = np.array([np.flatnonzero(y == digit)[0] for digit in (2, 4, 7)])
transferred = np.asarray(mim(undefended, x[one_of_each], y[one_of_each]))
bars_of_both(transferred, y[one_of_each], "MIM made on the undefended network, read by both")

# %% [markdown]
# The undefended network is fooled and sure of it; the defended one reads more of the digits, if not all. Was it as sure
# as before? Compare its bars where it is right with those where it is wrong. Now ask what the figure does *not* show:
# on whose weights were these images made?

# %% [markdown]
# ## 5. The simpler way  *(15 minutes, easy: `augment`)*
#
# The simplest way needs no loop of your own: attack the training set once, put both copies together, and call `fit`.
# But the images are made on the weights of the beginning; as soon as the network has learnt them, they are nobody's
# worst case any more.
#
# **Predict:** trained on such a set for two epochs, what is its accuracy under FGSM made on the undefended network? And
# made on itself?

# %%
my_guess_for_old_images = None  # from 0 to 1
my_guess_for_fresh_images = None  # from 0 to 1

# %%
augmented = load_network("seed_cnn")
x_all, y_all = week04.augment(undefended, x_train, y_train, fgsm, seed=1)
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
augmented.compile(keras.optimizers.Adam(0.001), cross_entropy)
augmented.fit(np.asarray(x_all), np.asarray(y_all), batch_size=100, epochs=2, verbose=0)
compare(my_guess_for_old_images, accuracy(augmented, fgsm(undefended, x, y), y))
compare(my_guess_for_fresh_images, accuracy(augmented, fgsm(augmented, x, y), y))

# %% [markdown]
# It has learnt the *images*, not to resist. An attacker who looks at the new weights finds new ones. That is why the
# attack stands inside the loop.

# %% [markdown]
# ## 6. The table, and what it hides  *(20 minutes, easy to write: `robustness_table`)*
#
# The report that this course grew from trained this very network on FGSM and found: 93 % under FGSM where there had
# been 30 %, and 78 % under MIM where there had been 1 %. Its attacks were made on the *undefended* network. Write
# `robustness_table` and measure that column again, as `transfer`. Then predict the other one.
#
# **Predict:** an attacker who has the defended network's weights: what is left under FGSM, MIM, PGD?

# %%
my_guesses_white_box = {"FGSM 0.23": None, "MIM 0.3, 10 steps": None, "PGD 0.3, 40 steps": None}  # from 0 to 1

# %%
table = week04.robustness_table(undefended, defended, x, y, attacks)
for name, row in table.items():
    print(f"{name}: ", end="")
    compare(my_guesses_white_box[name], row["white_box"])


# %%
def chart_of(table: dict[str, dict[str, float]], title: str) -> None:
    """A robustness table as bars: three for each attack."""
    columns = {
        "undefended": ("undefended", "white", "///"),
        "transfer": ("defended, attacked by transfer", "0.75", ""),
        "white_box": ("defended, white-box", "0.25", ""),
    }
    _, panel = plt.subplots(figsize=(8, 3.8), layout="constrained")
    for i, (column, (label, colour, hatch)) in enumerate(columns.items()):
        shares = [row[column] for row in table.values()]
        bars = panel.bar(
            np.arange(len(table)) + 0.27 * (i - 1),
            shares,
            0.25,
            color=colour,
            hatch=hatch,
            edgecolor="black",
            label=label,
        )
        panel.bar_label(bars, [f"{share:.0%}" for share in shares], fontsize=9)
    panel.set(xticks=range(len(table)), xlabel="attack", ylabel="accuracy", ylim=(0, 1.25))
    panel.set_xticklabels(list(table))
    panel.set_yticks(np.linspace(0, 1, 6))
    panel.yaxis.set_major_formatter(PercentFormatter(1))
    panel.legend(loc="upper center", ncols=3, fontsize=9)
    panel.set_title(title, fontsize=11)
    plt.show()


chart_of(table, f"Trained on FGSM: accuracy on {len(x)} held-out digits")

# %% [markdown]
# The light bars are the report's victory, and they are real: whoever does not know the defended weights does less harm.
# The dark bars are the same network, the same attacks, the same eps. Only the weights that the attacker looks at are
# others.
#
# Yours are lower than the report's, as you trained for three epochs on 4,000 digits, and went on from the very weights
# that the attacker has: such relatives share much. Trained from weights of its own, for four epochs on 55,000 digits,
# the same network holds by transfer 89 % under FGSM and 68 % under MIM: a little below the report, and nine points
# below it. White-box: FGSM 78 %, **MIM 2 %, PGD less than 1 %**. More training does not mend it.
#
# **Think:** white-box FGSM stays high, while MIM and PGD, which look at the gradient *again* on their way, go through.
# What has the network learnt? The figure takes one step of PGD, then more. The dotted line is FGSM with the same eps of
# 0.3: from it to the first point only the start differs.

# %%
steps = [1, 2, 5, 10, 20, 40]
by_steps = [accuracy(defended, pgd(defended, x, y, n), y) for n in steps]
figure, panel = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
panel.plot(steps, by_steps, "o-", color="0.1", label="PGD, from a random start")
without_a_start = fast_gradient_method(defended, x, 0.3, np.inf, clip_min=0.0, clip_max=1.0, y=y)
panel.axhline(accuracy(defended, without_a_start, y), color="0.4", linestyle=":", label="FGSM, from the image itself")
panel.set(xscale="log", xticks=steps, xlabel="steps of PGD, all attacks within 0.3", ylabel="accuracy", ylim=(0, 1))
panel.legend()
panel.set_xticklabels([str(n) for n in steps])
panel.minorticks_off()
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.set_title("Trained on FGSM: what a random start and more steps do to it", fontsize=10)
panel.grid(alpha=0.3)
plt.show()

# %% [markdown]
# <details><summary><b>Think about it first, then open: what it has learnt</b></summary>
#
# FGSM trusts that the loss is linear from the image to the border of the ball. There are two ways to be safe from it:
# be flat in the whole ball, or be *bent* right at the image, so that the gradient there points nowhere useful. The
# second is easier to learn. A single step from a random start, a little away from the bend, does far more harm than one
# from the image itself, and a second step does most of the rest. The network fools its teacher instead of learning the
# lesson: gradient masking again, found by training this time (Kurakin et al. 2016 saw that such training does not help
# against attacks of several steps, Tramèr et al. 2017 explained it; its sudden form Wong et al. 2020 call
# *catastrophic overfitting*).
#
# A defence that was trained against an attack must be measured against others, stronger ones, that know its weights.
# </details>

# %% [markdown]
# ## 7. The better answer  *(20 minutes, medium: `fgsm_random_start`)*
#
# Madry et al. train on PGD: it works, and each update costs as many gradients more as the attack has steps. Wong et al.
# found something much cheaper: keep the single step, but let it begin at a *random* place in the ball, so that being
# bent exactly at the image helps less.
#
# By itself that is not enough. With eps full from the first update, this network too learns to withstand one step and
# nothing else: 0 % under PGD in our trials. Andriushchenko and Flammarion (2020) showed why: a random start makes such
# a collapse rarer, it does not prevent it. Three more things help here: a small network with strides instead of pooling
# (two convolutions of 16 and 32 filters); an eps that grows over the first epochs; and that it grows to 0.4, a little
# beyond the 0.3 that it is measured with. We go on from its ordinary weights.
#
# **Predict:** its accuracy under white-box PGD with 40 steps, in the end? (It was below 10 % for the network above.)

# %%
my_guess_for_pgd = None  # from 0 to 1

# %%
seeds = count()


def random_start(eps: float) -> Callable[[Any, Any, Any], Any]:
    """Your attack, with another start for every batch."""
    return lambda model, x, y: week04.fgsm_random_start(model, x, y, eps, eps, next(seeds))


robust = load_network("small_cnn")
adam = keras.optimizers.Adam(0.003)
progress: dict[str, list[float]] = {"clean": [], "white-box PGD, 10 steps": []}


def train_at(eps: float) -> None:
    """One epoch at this eps, and what became of the network."""
    seed = len(progress["clean"])
    week04.adversarial_fit(robust, adam, x_train, y_train, random_start(eps), 1.0, 1, 64, seed)
    progress["clean"].append(accuracy(robust, x, y))
    progress["white-box PGD, 10 steps"].append(accuracy(robust, pgd(robust, x, y, 10), y))


for eps in (0.1, 0.2, 0.3):
    train_at(eps)

# %% [markdown]
# That was the shallow end. Now six epochs at full strength.

# %%
for _ in range(6):
    train_at(0.4)

# %%
figure, panel = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
for (name, line), style in zip(progress.items(), ("o-", "s--"), strict=True):
    panel.plot(range(1, len(line) + 1), line, style, color="0.1", label=name)
panel.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.03), title="Trained on FGSM from a random start")
panel.yaxis.set_major_formatter(PercentFormatter(1))
panel.legend(loc="lower right")
panel.grid(alpha=0.3)
plt.show()

# %%
ordinary = load_network("small_cnn")
better = week04.robustness_table(ordinary, robust, x, y, attacks)
compare(my_guess_for_pgd, better["PGD 0.3, 40 steps"]["white_box"])
chart_of(better, f"Trained on FGSM from a random start: accuracy on {len(x)} held-out digits")

# %% [markdown]
# Compare the dark bars with those of part 6, where MIM and PGD left next to nothing. Here most is left under every
# attack, the one with forty steps included: that is what honest robustness looks like. It took 4,000 digits and part of
# a minute. On 55,000, for a minute or so, such a recipe reaches 90 % under PGD with 40 steps, and 98 % on clean
# digits.
#
# **Not a proof.** It is a measurement against three attacks. Before you believe a defence, yours or another's: attack
# it white-box, with many steps and several restarts, with another loss than the one it was trained with, by transfer
# (if transfer is *stronger* than white-box, its gradients are masked), and with an eps so large that everything must
# break. Carlini et al. 2019 is the checklist.

# %% [markdown]
# ## 8. Quiz  *(10 minutes, think)*
#
# Not graded. Choose, then open your choice; the others are worth reading too.
#
# **1. An attack steps along the gradient itself, as week 2's `pgd_l2` does, and you forget `tf.stop_gradient` around
# it. What does the optimizer do with the extra gradient?**
#
# <details><summary>a) Nothing: attacks use the sign, whose derivative is 0.</summary>
# True of FGSM, BIM, PGD and MIM, and that is why the mistake can hide for so long. This attack takes no sign, so a
# gradient flows through it.</details>
# <details><summary>b) It also changes the weights so that the attack makes weaker images.</summary>
# Right: the network is rewarded for misleading its attacker. That is the road to masked gradients.</details>
# <details><summary>c) It trains twice as fast.</summary>
# No. It follows the gradient of another function.</details>
#
# **2. The attack is made once, before training, for all images. The loss falls quickly. Why is this no good sign?**
#
# <details><summary>a) The images are learnt by heart, and they attack weights that no longer exist.</summary>
# Right: part 5. A worst case is a worst case <i>for given weights</i>.</details>
# <details><summary>b) It is a good sign: fewer errors on attacked images.</summary>
# On <i>these</i> attacked images. An attacker makes new ones.</details>
# <details><summary>c) Because the learning rate must be too large.</summary>
# A falling loss says nothing of the kind.</details>
#
# **3. A network has 92 % under FGSM and 5 % under PGD, same eps, both white-box. What do you report?**
#
# <details><summary>a) 92 %, as FGSM is the standard.</summary>
# No standard: an upper bound, and you already know a lower one.</details>
# <details><summary>b) The mean of the two.</summary>
# The attacker chooses, and does not toss a coin.</details>
# <details><summary>c) 5 %, and that FGSM is misled.</summary>
# Right. Robustness is the accuracy under the strongest attack you can find; the gap is itself a finding.</details>
#
# **4. A defence is stronger against white-box attacks than against transfer. Good or suspicious?**
#
# <details><summary>a) Good: knowing the weights does not help.</summary>
# An attacker with the weights can always ignore them, make the transferred images instead, and do as well.</details>
# <details><summary>b) Suspicious: the white-box attack must be failing.</summary>
# Right: a sign of masked gradients (Athalye et al. 2018).</details>
# <details><summary>c) Neither: the two can't be compared.</summary>
# They can: same images, same eps, same reader. The table puts them side by side for that reason.</details>
#
# **5. Why is the mean of the batches' losses not the mean over the images?**
#
# <details><summary>a) It is, always.</summary>
# Only when all batches are equally long. In the last, short one each image would count for more.</details>
# <details><summary>b) Because of the short last batch.</summary>
# Right. Dropping it is no cure: then some images are not seen in that epoch, and with a fixed order never.</details>
# <details><summary>c) Because the weights change between batches.</summary>
# True that they change, but that holds for both means.</details>
#
# **6. Does adversarial training cost anything, apart from time?**
#
# <details><summary>a) No.</summary>
# On digits it costs next to nothing or a point of clean accuracy; on small colour photographs (CIFAR-10) it was about
# ten points (Madry et al. 2017).</details>
# <details><summary>b) Some clean accuracy, and it holds only for the ball it was trained on.</summary>
# Right: another norm, a rotation, a larger eps, and you start again.</details>
# <details><summary>c) It makes the network unusable for clean images.</summary>
# No, but training can fail if eps is large from the first step on: it ends with one answer for every image, or with a
# network that withstands one step only. Hence the slow start of part 7.</details>

# %% [markdown]
# ## What to take with you
#
# - Adversarial training is a loop with an attack inside, made anew on the weights of the moment.
# - A network learns to withstand what it is shown, by the cheapest way there is: also by fooling its teacher.
# - Transfer flatters. Report white-box numbers, under the strongest attack you can find.
# - A random start costs next to nothing and helps, but guarantees nothing: measure with PGD after every epoch.
#
# ## References
#
# - I. Goodfellow, J. Shlens, C. Szegedy: *Explaining and harnessing adversarial examples*, 2014,
#   [arXiv:1412.6572](https://arxiv.org/abs/1412.6572). Section 6 trains on FGSM; parts 2 and 3.
# - C. Szegedy et al.: *Intriguing properties of neural networks*, 2013,
#   [arXiv:1312.6199](https://arxiv.org/abs/1312.6199). Adversarial images in the training set, always renewed; part 5.
# - A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu: *Towards deep learning models resistant to adversarial
#   attacks*, 2017, [arXiv:1706.06083](https://arxiv.org/abs/1706.06083). The saddle point, and training on PGD.
# - A. Kurakin, I. Goodfellow, S. Bengio: *Adversarial machine learning at scale*, 2016,
#   [arXiv:1611.01236](https://arxiv.org/abs/1611.01236). One-step training fails against several steps; part 6.
# - F. Tramèr et al.: *Ensemble adversarial training: attacks and defenses*, 2017,
#   [arXiv:1705.07204](https://arxiv.org/abs/1705.07204). Why training on one step misleads; part 6.
# - A. Athalye, N. Carlini, D. Wagner: *Obfuscated gradients give a false sense of security*, 2018,
#   [arXiv:1802.00420](https://arxiv.org/abs/1802.00420). How masked gradients are recognised.
# - N. Carlini et al.: *On evaluating adversarial robustness*, 2019,
#   [arXiv:1902.06705](https://arxiv.org/abs/1902.06705). The checklist.
# - E. Wong, L. Rice, J. Z. Kolter: *Fast is better than free: revisiting adversarial training*, 2020,
#   [arXiv:2001.03994](https://arxiv.org/abs/2001.03994). Part 7.
# - M. Andriushchenko, N. Flammarion: *Understanding and improving fast adversarial training*, 2020,
#   [arXiv:2007.02617](https://arxiv.org/abs/2007.02617). What a random start does, and what not; part 7.
