"""The flagship with nothing around its requests."""

from src import main
from src.core.config import Settings

main.RequestMiddleware = lambda app, **options: app

app = main.create_app(Settings())
