# %% [markdown]
# # The tiny lab
#
# Predict first, then run.

# %%
from tiny import shift

# %%
shift([1.0, 2.0], 0.5)

# %%
shift([1.0, 2.0], 0.5)
