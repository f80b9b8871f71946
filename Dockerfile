# The exporter in an image of its own. BASE can be any Debian image that has Python 3.11 or newer as `python`.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv /opt/exporter && python -m venv /opt/build
COPY requirements.lock requirements-build.lock ./
RUN /opt/exporter/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
COPY alerts alerts
COPY dashboards dashboards
COPY docs/alerts.md docs/
COPY docs/runbooks docs/runbooks
RUN /opt/build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/exporter/bin/pip install --no-index --no-deps /wheels/*.whl \
    && /opt/exporter/bin/pip uninstall --yes pip setuptools

FROM ${BASE}
COPY --from=build /opt/exporter /opt/exporter
ENV PATH=/opt/exporter/bin:${PATH} \
    PYTHONUNBUFFERED=1
USER 10990:10990
EXPOSE 10990
# For the default port, without TLS. Not through a proxy, whatever the environment says. Who asks for a password is alive.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "import http.client, sys; page = http.client.HTTPConnection('127.0.0.1', 10990, timeout=4); page.request('GET', '/-/healthy'); sys.exit(page.getresponse().status not in (200, 401))"]
ENTRYPOINT ["cloud-cluster-exporter"]
CMD ["serve"]
