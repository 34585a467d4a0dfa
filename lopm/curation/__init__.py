"""The photograph base: what comes in from the tools of annotators, is checked, divided and handed on."""
