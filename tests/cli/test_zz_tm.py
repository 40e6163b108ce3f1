import time


async def test_a(dsn, issuer, tokens):
    from tests.cli.conftest import running_server
    for _ in range(3):
        a=time.perf_counter()
        async with running_server(dsn,"127.0.0.1:1",issuer,tokens) as s:
            b=time.perf_counter()
            await s.caseworker.rj("list")
            c=time.perf_counter()
        d=time.perf_counter()
        print("start",b-a,"cmd",c-b,"stop",d-c)
