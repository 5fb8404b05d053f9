import sys
from ends import order
from flow_stage import Stage
from steps import swept, causes
from counterfoil.values.errors import Hold
async def test_nul_number(stage: Stage):
    stage.shop.put(order(1), order(2, number="#2\x00"), order(3, email="a\x00"))
    await swept(stage)
    await stage.work()
    print(await stage.states())
async def test_nul_said(stage: Stage):
    stage.shop.put(order(1), order(2))
    stage.office.answers=[Hold("vendor says \x00")]
    await swept(stage)
    await stage.work()
    assert "in_doubt" not in str(await stage.states()) and 'sending' not in str(await stage.states())
