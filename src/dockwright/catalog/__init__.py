"""The catalog: WHAT can be built. Components, frameworks, parameters, the matrix, locks, shell.

`registry` finds what there is; every folder of `components/` is one component, nothing registers.
"""
