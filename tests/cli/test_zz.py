async def test_print(service, pool):
    from tests.cli.casework import open_case, add_colleagues, REQUEST, PEOPLE, FOUND
    cw, sv, ad = (x.given(COLUMNS="80") for x in (service.caseworker, service.supervisor, service.admin))
    await add_colleagues(pool,'d.ferreira','g.novak')
    r=[await open_case(pool) for _ in range(3)]
    for sh,c,t in [
      (cw,['request',*REQUEST,'--has-vlo'],PEOPLE),(cw,['record',r[0],'request_screened','--answer','proceed','--dry-run'],''),(cw,['record',r[0],'request_screened','--answer','proceed'],''),
      (cw,['record',r[0],'request_screened','--answer','proceed'],''),
      (sv,['record',r[0],'trace_answered',*FOUND],''),(cw,['show',r[0]],''),(cw,['explain',r[0]],''),(cw,['messages',r[0]],''),(cw,['allowed-events',r[0]],''),
      (sv,['reassign',*r,'--to','d.ferreira','--dry-run'],''),(sv,['reassign',*r,'--to','d.ferreira'],''),(cw,['reassign',*r,'--to','d.ferreira'],''),
      (sv,['correct',r[0],'--dry-run'],''),(sv,['correct',r[0]],''),(cw,['hold',r[1],'--reason','illness'],''),(cw,['list'],''),(cw,['due','--week'],''),(sv,['stuck'],''),(sv,['board'],''),(sv,['report','durations'],''),(sv,['digest'],''),(ad,['agency','list'],''),(ad,['staff','list'],''),
      (sv,['cover','start','d.ferreira','g.novak'],''),(sv,['cover','list'],''),(cw,['tasks'],''),(cw,['whoami'],''),(cw,['victim-details',r[0]],''),(cw,['duplicates',r[0]],''),(cw,['record',r[0],'hold','--expect','9'],''),(cw,['record',r[1],'resumed','--expect','9'],''),(ad,['list'],''),(sv,['extend',r[2],'--until','2026-12-30','--dry-run'],''),(sv,['chase',r[2]],''),
    ]:
        e=await sh.rj(*c,typed=t)
        print('\n$ rj',*c); print(e.out, e.err, f'[{e.code}]')
