import asyncio
import os
import subprocess
import sys
import time


def med(args, env, n=25):
    t=[]
    for _ in range(n):
        a=time.perf_counter(); p=subprocess.Popen(args,env=env,stdout=subprocess.PIPE,stderr=subprocess.DEVNULL); p.stdout.readline(); t.append(time.perf_counter()-a); p.communicate()
    t.sort(); return t[len(t)//2]*1000, t[0]*1000
async def test_ratio(service, pool):
    from tests.cli.casework import open_case
    for _ in range(3): await open_case(pool)
    env={k:v for k,v in os.environ.items() if k!='PYTHONDONTWRITEBYTECODE'}|dict(service.caseworker.environment)
    rj=os.path.join(os.path.dirname(sys.executable),'rj')
    base=await asyncio.to_thread(med,[sys.executable,'-c','pass'],env,40)
    x=await asyncio.to_thread(med,[rj,'list'],env)
    y=await asyncio.to_thread(med,[rj,'list','--json'],env)
    print('RATIO',base,x,y,'median',x[0]/base[0],'min',x[1]/base[1])
