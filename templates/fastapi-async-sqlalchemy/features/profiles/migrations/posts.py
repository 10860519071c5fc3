"""posts"""

import sqlalchemy as sa
from alembic import op

revision = "0000_posts"
down_revision = "0000"

big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def created_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("id", big_id, nullable=False),
        sa.Column("user_id", big_id, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        created_at(),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_posts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posts_user_id_id"), "posts", ["user_id", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_user_id_id"), "posts")
    op.drop_table("posts")
