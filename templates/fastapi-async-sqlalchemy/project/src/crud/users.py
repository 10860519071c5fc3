"""What can be done with users: all that `Records` can do."""

from src import models
from src.core.records import Records
from src.schemas.users import User

USERS = Records(models.User, User)
