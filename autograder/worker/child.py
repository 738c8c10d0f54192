"""One submission's process: loads the module and answers calls, until the grader is done with it."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy import array_equal  # bound here, before a submission can replace it

from autograder.worker.values import Values
from autograder.worker.wire import Channel, ClosedError, WireError

MAX_MESSAGE = 2000
MAX_SIGNALS = 256
PROCESSOR_GRACE = 5  # seconds from SIGXCPU, which says what happened, to SIGKILL, which nothing survives


def limit_resources(limits: dict[str, int]) -> None:
    """Set the limits of this process (bytes, seconds, files); the kernel enforces them."""
    names = {
        "address_space": resource.RLIMIT_AS,
        "cpu_seconds": resource.RLIMIT_CPU,
        "file_size": resource.RLIMIT_FSIZE,
        "open_files": resource.RLIMIT_NOFILE,
    }
    for name, value in limits.items():
        resource.setrlimit(names[name], (value, value + PROCESSOR_GRACE if name == "cpu_seconds" else value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (MAX_SIGNALS, MAX_SIGNALS))  # all timers of a user share a number


class Child:
    """Serves the frames of one grader: `load` a module, `call` a function or a handle."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._values = Values(self._call_back)
        self._module: ModuleType | None = None
        self._functions: list[str] = []
        self._path = ""

    def serve(self) -> None:
        """Answer until the grader closes the channel."""
        while True:
            try:
                message = self._channel.receive()
            except ClosedError:
                return
            reply = {"load": self._load, "call": self._call}[message["do"]](message)
            try:
                self._channel.send({**reply, "number": message["number"]})
            except WireError as error:
                self._channel.send({"malformed": str(error)[:MAX_MESSAGE], "number": message["number"]})

    def _load(self, message: dict[str, Any]) -> dict[str, Any]:
        # A real file, imported from there: AutoGraph reads the source of what it traces.
        path = Path.cwd() / f"{message['name']}.py"
        path.write_bytes(message["source"])
        self._path = str(path)
        try:
            spec = importlib.util.spec_from_file_location(message["name"], path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[message["name"]] = module
            spec.loader.exec_module(module)
        except BaseException as error:
            return {"raised": self._describe(error)}
        self._module = module
        self._functions = message["functions"]
        return {"functions": [name for name in message["functions"] if callable(getattr(module, name, None))]}

    def _call(self, message: dict[str, Any]) -> dict[str, Any]:
        reply = self._answer(message)
        reply["trainable"] = self._values.put_back_trainable()
        if "answer" not in reply:
            self._values.put_back_weights()
        self._values.end_of_call()
        return reply

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            arguments = self._values.receive(message["args"])
            before = [item.copy() if isinstance(item, np.ndarray) else None for item in arguments]
            function = self._function(message["function"])
            with self._standing_in(message["instead"], arguments):
                answer = function(*arguments)
            sent = self._values.send(answer)
        except WireError as error:
            return {"malformed": str(error)[:MAX_MESSAGE]}
        except BaseException as error:
            return {"raised": self._describe(error)}
        changed = [
            position
            for position, old in enumerate(before)
            if old is not None and not array_equal(old, arguments[position], equal_nan=True)
        ]
        return {"answer": sent, "changed": changed, "weights": self._values.all_changed_weights()}

    def _function(self, name: str | int) -> Callable[..., Any]:
        if isinstance(name, int):
            return self._values.handle(name)
        function: Callable[..., Any] = getattr(self._module, name)
        return function

    @contextmanager
    def _standing_in(self, callbacks: Mapping[str, Any], arguments: Sequence[Any]) -> Iterator[None]:
        """Put the grader's functions in the place of the module's own of these names, for one call.

        So are other names of the same functions, and of graphs of them. The grader's can't be traced, so what the
        submission compiles is run as it is meanwhile.
        """
        names = vars(self._module)
        own = {name: names[name] for name in callbacks if callable(names.get(name))}
        if not own:
            yield
            return
        import tensorflow as tf

        lent = {
            name: _stand_in(function, self._values.receive(callbacks[name]), arguments)
            for name, function in own.items()
        }
        origins = {id(_origin(function)): name for name, function in own.items()}

        def stand_in_for(name: str, value: Any) -> Callable[..., Any] | None:
            # A function of the week stands for itself alone, whatever it shares with another one.
            return lent.get(name if name in self._functions else origins.get(id(_origin(value)), ""))

        instead = {name: found for name, value in names.items() if (found := stand_in_for(name, value))}
        replaced = {name: names[name] for name in instead}
        names.update(instead)
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(False)
            names.update(replaced)

    def _call_back(self, number: int, args: list[Any]) -> Any:
        self._channel.send({"callback": number, "args": self._values.send(args)})
        reply = self._channel.receive()
        if "refused" in reply:
            raise ValueError(reply["refused"])
        return self._values.receive(reply["result"])

    def _describe(self, error: BaseException) -> dict[str, Any]:
        """Type, message and the lines of the student's own file; never anything that is asked of the object later."""
        lines: list[int] = []
        traceback = error.__traceback__
        while traceback is not None and len(lines) < 20:
            if traceback.tb_frame.f_code.co_filename == self._path:
                lines.append(traceback.tb_lineno)
            traceback = traceback.tb_next
        if isinstance(error, SyntaxError) and error.filename == self._path and error.lineno:
            lines.append(error.lineno)
        try:
            text = error.msg if isinstance(error, SyntaxError) else str(error)
        except BaseException:
            text = ""
        if text.startswith("in user code:"):  # a traceback of AutoGraph's, which runs a copy of the student's code
            lines += [int(number) for number in re.findall(rf'File "{re.escape(self._path)}", line (\d+)', text)]
            text = text.rstrip().rpartition("\n")[2].strip()
        return {
            "type": type(error).__name__[:100].encode("utf-8", "replace").decode("utf-8"),
            "message": str(text)[:MAX_MESSAGE].encode("utf-8", "replace").decode("utf-8"),
            "lines": lines,
        }


def _origin(value: Any) -> Any:
    """The function of which the value is a graph, and for which it stands in; else the value itself."""
    import tensorflow as tf

    if isinstance(value, tf.types.experimental.PolymorphicFunction):
        value = value.python_function
    return inspect.getattr_static(value, "stands_for", value)


def _stand_in(own: Callable[..., Any], ours: Callable[..., Any], arguments: Sequence[Any]) -> Callable[..., Any]:
    """`ours`, to be called as the student's `own` function is.

    A model does not travel: the grader is told which of the call's `arguments` it is.
    """

    def told(value: Any) -> Any:
        if not callable(value):
            return value
        return {"argument": next((number for number, item in enumerate(arguments) if item is value), None)}

    def stand_in(*args: Any, **keywords: Any) -> Any:
        bound = inspect.signature(own).bind(*args, **keywords)
        bound.apply_defaults()
        return ours(*map(told, bound.args))

    stand_in.stands_for = _origin(own)  # type: ignore[attr-defined]  # a graph of it may be kept for the next call
    return stand_in


def close_other_files(keep: int) -> None:
    """Close every descriptor but `keep`, with the standard ones on the null device."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(3, keep)
    os.closerange(keep + 1, min(limit, 1 << 16))
