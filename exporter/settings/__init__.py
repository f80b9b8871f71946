"""Reads the operator's settings from one YAML file and the environment, and hands down plain, checked values.

`loading.load` is the way in; `model` holds what comes out, `mistake` what goes wrong, `masking` and `notices` what
`check` shows. Nothing here knows the collectors or the clouds: their names and defaults are handed in.
"""
