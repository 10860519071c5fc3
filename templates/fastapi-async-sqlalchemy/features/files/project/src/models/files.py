"""The table of uploaded files, whose content is in UPLOAD_FOLDER."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from src.models.base import Base, CreatedAt
from src.models.jobs import Job


class File(Base):
    """`name` is the sender's, and never used as a path."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    downloads: Mapped[int] = mapped_column(BigInteger, default=0)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), index=True)
    created_at: Mapped[CreatedAt]

    job: Mapped[Job] = relationship(lazy="joined", innerjoin=True)
