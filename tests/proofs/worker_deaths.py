"""Proof that an accepted job is done, whoever dies in the middle of it.

python -m tests.proofs.worker_deaths [--kills 5]

A worker with a Redis, then a server that does its jobs itself, is killed while it does a job; and
a Redis is emptied while jobs wait in it. Another process has to do what the dead one has not.
"""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis

from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import render
from tests.proofs.sql_services import REDIS_SERVER, Installation, done, job, new_redis, wait_for

JOB = "/external-data/"


class Source(ThreadingHTTPServer):
    """A service outside that answers when it is told to, so that a job lasts as long as wanted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = 0
        self.may_answer = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Whoever asked is dead."""

    @property
    def setting(self) -> str:
        return f'{{"slow": "http://127.0.0.1:{self.server_port}/"}}'


class Answer(BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.may_answer.wait(60)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"1")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def slow_source() -> Iterator[Source]:
    with Source() as source:
        threading.Thread(target=source.serve_forever, daemon=True).start()
        yield source
        source.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=2)
    kills = parser.parse_args().kills
    with new_room() as room:
        project = render(room)
        prove_for_a_server(project, room / "server", kills)
        if REDIS_SERVER:
            prove_for_a_worker(project, room / "worker", kills)
            prove_for_an_emptied_redis(project, room / "emptied")
        else:
            print("skipped: the part with workers, since there is no redis-server")


def prove_for_a_worker(project: Path, data: Path, kills: int) -> None:
    with new_redis() as redis_url, slow_source() as source:
        installation = Installation(project, data, redis_url, source.setting)
        with installation.serve() as server, server.client() as client:
            for _ in range(kills):
                source.asked = 0
                source.may_answer.clear()
                url = client.post(JOB).headers["Location"]
                with installation.worker() as first:
                    wait_for(lambda: source.asked == 1, "no worker takes the job")
                    require(job(client, url)["state"] == "running", "it does not run")
                    first.kill()
                source.may_answer.set()
                with installation.worker():
                    found = done(client, url)
                require(found["attempts"] == 2, "it was not taken over")
                require(found["result"]["data"] == {"slow": 1}, "it has another result")
    print(f"{kills} workers killed in the middle of a job: each job done by another, 0 lost", flush=True)


def prove_for_a_server(project: Path, data: Path, kills: int) -> None:
    with slow_source() as source:
        installation = Installation(project, data, sources=source.setting)
        for _ in range(kills):
            source.asked = 0
            source.may_answer.clear()
            with installation.serve() as server, server.client() as client:
                path = client.post(JOB).headers["Location"]
                wait_for(lambda: source.asked == 1, "the server does not begin with the job")
                server.kill()
            source.may_answer.set()
            with installation.serve() as server, server.client() as client:
                require(done(client, path)["attempts"] == 2, "it was not taken over")
    print(f"{kills} servers killed in the middle of a job: each job done after it, 0 lost", flush=True)


def prove_for_an_emptied_redis(project: Path, data: Path, jobs: int = 20) -> None:
    with new_redis() as redis_url, slow_source() as source:
        source.may_answer.set()
        installation = Installation(project, data, redis_url, source.setting)
        with installation.serve() as server, server.client() as client:
            urls = [client.post(JOB).headers["Location"] for _ in range(jobs)]
            redis.Redis.from_url(redis_url).flushall()
            with installation.worker():
                for url in urls:
                    done(client, url)
    print(f"Redis emptied while {jobs} jobs waited in it: all done, 0 lost", flush=True)


if __name__ == "__main__":
    run(main)
