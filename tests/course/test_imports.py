import subprocess
import sys

PROGRAM = """
import sys
import course.data, course.device, course.embedded, course.measures, course.networks, course.portable
from tensorflow.python.eager import context
assert not context.context()._initialized, "TensorFlow has started"
heavy = {"tensorflow_datasets", "mlxtend", "cleverhans"} & sys.modules.keys()
assert not heavy, heavy
from course.device import use_gpu_politely
print(use_gpu_politely())
"""


def test_imports_start_nothing_and_the_device_is_named_when_asked() -> None:
    """The grader's fork server imports `course` and then forks: one TensorFlow operation before that hangs them all."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


def test_digits_can_be_asked_for_without_tensorflow() -> None:
    """What only looks for the data folder need not wait for TensorFlow."""
    program = "import sys, course.data; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
