#!/bin/sh
# Make .venv and install the pinned requirements into it, once.
#
# .venv/.complete is written last and holds what it was made from, so an interrupted install, a changed requirement
# or a moved folder is noticed, and a second run does nothing and says nothing.
set -eu
: "${PYTHON:=}"
cd "$(dirname "$0")/.."

venv=.venv
complete=$venv/.complete
log=$venv/install.log
place=$(pwd -P)/$venv
wanted="$(cat requirements.txt pyproject.toml tools/set_up.sh | cksum) $place"

fail() {
    echo "$1" >&2
    exit 1
}

version_of() { # 3.11 for a Python that starts, else nothing
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

fits() {
    case "$(version_of "$1")" in 3.11 | 3.12 | 3.13) ;; *) return 1 ;; esac
}

has_venv() {
    "$1" -c 'import venv, ensurepip' 2>/dev/null
}

choose_python() { # the interpreter to use, as $python
    unfit="" bare=""
    if [ -n "$PYTHON" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11 python; fi
    for python in "$@"; do
        found=$(version_of "$python")
        if ! fits "$python"; then
            [ -z "$found$PYTHON" ] || unfit="$unfit $python ${found:+is }${found:-does not start};"
        elif ! has_venv "$python"; then
            bare=${bare:-$found}
        else
            return 0
        fi
    done
    [ -z "$bare" ] || fail "Python $bare is here, but without its venv module: install it (Debian, Ubuntu: apt install python$bare-venv) or name another Python: make PYTHON=/path/to/python3.12"
    fail "TensorFlow needs Python 3.11, 3.12 or 3.13, and here${unfit:- is none that starts;} install one of them or name it: make PYTHON=/path/to/python3.12"
}

is_complete() {
    [ -x $venv/bin/python ] && [ -f $complete ] && [ "$(cat $complete)" = "$wanted" ] || return 1
    # A Python that is named wins over the one that .venv was made with.
    [ -z "$PYTHON" ] || [ "$(version_of "$PYTHON")" = "$(version_of $venv/bin/python)" ]
}

can_go_on() { # is there a .venv of this Python, made at this place (its scripts name it), that pip starts in?
    [ "$(version_of $venv/bin/python)" = "$(version_of "$python")" ] || return 1
    grep -qF "$place/" $venv/bin/pip 2>/dev/null && $venv/bin/python -m pip --version 2>/dev/null | grep -qF "$place/"
}

show_progress() { # while process $1 runs: in a terminal one line that changes, elsewhere a line every 15 s
    started=$(date +%s) next=15
    while kill -0 "$1" 2>/dev/null; do
        seconds=$(($(date +%s) - started))
        step=$(grep -E '^ *(Collecting|Downloading|Building|Installing)' $log 2>/dev/null |
            tail -n 1 | sed 's/^ *//; s/^\(Installing collected packages\).*/\1/' | tr -d '\n' | cut -c 1-60)
        if [ -t 1 ]; then
            printf '\r\033[KInstalling the packages: %d s  %s' "$seconds" "$step"
        elif [ $seconds -ge $next ]; then
            next=$((seconds + 15))
            printf 'Installing the packages: %d s  %s\n' "$seconds" "$step"
        fi
        sleep 1
    done
    [ ! -t 1 ] || printf '\r\033[K'
}

make_venv() { # from the Python below, should $python be that of the .venv that goes
    base=$("$python" -c 'import sys; print(sys._base_executable)')
    rm -rf $venv
    mkdir $venv
    if ! "$base" -m venv $venv >$log 2>&1; then
        cat $log >&2
        fail "$python could not make $venv."
    fi
}

install() {
    $venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt -e . >$log 2>&1 </dev/null &
    pid=$!
    show_progress $pid
    if ! wait $pid; then
        tail -n 15 $log >&2
        fail "The packages could not be installed (all of pip's output: $log). With the network back, run make again."
    fi
}

quiet_kernel() { # otter check and the labs would begin with what Jupyter and TensorFlow say of themselves
    $venv/bin/python -m ipykernel install --sys-prefix --env TF_CPP_MIN_LOG_LEVEL 3 >>$log 2>&1
    mkdir -p $venv/etc/ipython
    echo "c.IPKernelApp.log_level = 40" >$venv/etc/ipython/ipython_kernel_config.py
}

interrupted() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    echo
    fail "Interrupted. Run make again: it goes on from here."
}

! is_complete || exit 0
choose_python
echo "Setting up $venv with $python ($(version_of "$python")): two to four minutes, once."
pid=""
trap interrupted INT TERM
rm -f $complete
can_go_on || make_venv
install
quiet_kernel
echo "$wanted" >$complete
