-- CF_KITS v1: of what kits are made; keys of kits joined by ~.
select
  'v' || vbc_kit_vad_id as kitKey, part.vad_variant_code as componentSku, vbc_quantity as quantity
from variant_bom_component
join variant_detail part on part.vad_id = vbc_vad_id
where 'v' || vbc_kit_vad_id in (select value from string_split(@keys, '~'))
order by vbc_kit_vad_id, vbc_id
