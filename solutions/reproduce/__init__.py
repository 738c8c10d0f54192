"""The tables and figures of the documents this course grew from, made again with the weeks' own solutions.

    make reproduce                                          on the embedded digits, a quarter of an hour
    .venv/bin/python -m solutions.reproduce --help          all of MNIST, another folder

It trains the networks of `recipes`, keeps what is finished (`kept`), attacks them with the functions of the weeks
(`weeks`, `jobs`), and writes a table, figures and every number (`report`, `draw`).
"""
