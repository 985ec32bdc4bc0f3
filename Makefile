# Any Python 3 that really runs can start bootstrap.py, which finds one that is new enough.
START := $(shell for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do $$p -c '' 2>/dev/null && echo $$p && break; done)

.PHONY: run test prove lint bench messages lock
run:    ; @$(START) bootstrap.py run
test:   ; @$(START) bootstrap.py test
prove:  ; @$(START) bootstrap.py prove
lint:   ; @$(START) bootstrap.py lint
bench:  ; @$(START) bootstrap.py bench
messages: ; @$(START) bootstrap.py messages
lock:   ; @$(START) bootstrap.py lock
