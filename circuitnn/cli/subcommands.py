"""Names of the commands of ``circuitnn``, and the module of each: known without importing any."""

SUBCOMMANDS = {
    "study": "study",
    "run": "run",
    "report": "pages",
    "view": "pages",
    "compare": "compare",
    "check": "check",
    "info": "info",
    "models": "models",
    "model": "models",
    "check-model": "check_model",
    "options": "options",
    "elements": "elements",
    "engines": "engines",
    "analyses": "analyses",
    "cache": "cache",
    "demo": "demo",
    "serve": "serve",
    "va": "va",
}
