# The image is the release: what is in it runs as it is, as an account without rights.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN pip install --quiet --no-cache-dir --require-hashes -r requirements-uv.lock \
    && uv venv --quiet --python /usr/local/bin/python .venv \
    && uv pip sync --quiet --no-cache --require-hashes --compile-bytecode \
        --python .venv/bin/python requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin billgraph \
    && install --directory --owner=billgraph --mode=700 /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY domain domain
COPY models models
COPY plans plans
COPY resolvers resolvers
COPY schema schema
COPY server server
COPY LICENSE pyproject.toml ./
RUN .venv/bin/python -m compileall -q domain models plans resolvers schema server

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    LOG_FORMAT=json
USER billgraph
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["python", "-m", "server"]
CMD ["serve", "--host", "0.0.0.0"]
