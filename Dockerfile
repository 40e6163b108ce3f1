# One image for the HTTP server, the workers and the migrations: the command tells them apart.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --create-home --uid 10001 casework
WORKDIR /app

# Before the code, so that a change of the code does not install everything again.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . ./
USER casework
CMD ["python", "server.py"]
