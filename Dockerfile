# One measurement in a container: docs/operating.md says how to run it, tools/check_image.sh proves that it works.
#
#   docker build -t reachprobe .
#   docker run --rm --network none reachprobe demo -o /results
#   docker run --rm -e PROBE_CONSENT=1 -v reachprobe:/results --read-only --cap-drop ALL reachprobe

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# Two environments: what the package is built with stays here, what it runs with goes into the image. Every file that
# comes from elsewhere is named by its hash; nothing is compiled from source, so that nobody's setup.py runs.
COPY locks/ locks/
RUN python3 -m venv --without-pip /opt/build \
 && python3 -m venv --without-pip /opt/probe \
 && python3 -m pip --python /opt/build/bin/python install --no-deps --only-binary :all: --require-hashes -r locks/build.txt \
 && python3 -m pip --python /opt/probe/bin/python install --no-deps --only-binary :all: --require-hashes --no-compile -r locks/image.txt

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY testlists/ testlists/
COPY probe/ probe/
RUN python3 -m pip --python /opt/build/bin/python wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && python3 -m pip --python /opt/probe/bin/python install --no-deps --no-index --no-compile /wheel/*.whl

# The image's file system cannot be written to when it runs, so Python could never keep what it compiled: a start would cost
# seconds, each time. The base has no bytecode of the standard library. So: all of ours, and of the standard library
# what a whole demo touches. The demo also shows, before there is an image, that what was built can measure.
ENV PYTHONPYCACHEPREFIX=/opt/probe/bytecode
RUN /opt/probe/bin/probe demo -o /tmp/demo >/tmp/files \
 && /opt/probe/bin/probe validate /tmp/demo/*.jsonl \
 && /opt/probe/bin/python -m compileall -q -x '/(pygments|tzdata)/' /opt/probe/lib


FROM python:3.13-slim
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="reachprobe" \
      org.opencontainers.image.description="Measures which platforms can be reached from a network, and where and how they are blocked" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

COPY --from=build /opt/probe /opt/probe
COPY deploy/container/config.toml /etc/reachprobe/config.toml
# A number, so that Kubernetes can see that it is not root's; nobody of that name is needed.
RUN install -d -m 0700 -o 10001 -g 10001 /results

# HOME is nowhere: consent and options come from the environment or from /etc/reachprobe, records alone are written.
ENV PATH=/opt/probe/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPYCACHEPREFIX=/opt/probe/bytecode \
    PYTHONDONTWRITEBYTECODE=1 \
    PROBE_OUTPUT=/results \
    HOME=/nonexistent
USER 10001:10001
WORKDIR /results
VOLUME ["/results"]
HEALTHCHECK --interval=5m --timeout=10s --start-period=1m CMD ["probe", "status", "--healthcheck"]
ENTRYPOINT ["probe"]
CMD ["run"]
