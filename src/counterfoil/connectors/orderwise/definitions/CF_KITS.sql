-- CF_KITS v1: of what kits are made.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting kits_definition. It reads and changes nothing.
--
-- Parameter, a text: @keys the keys of kits, as CF_PRODUCTS has them, with ~ between them.
select
  concat('v', bom.vb_vad_id)          as kitKey,
  part.vad_variant_code               as componentSku,
  component.vbc_quantity              as quantity              -- ?
from variant_bom bom
join variant_bom_component component on component.vbc_vb_id = bom.vb_id
join variant_detail part on part.vad_id = component.vbc_vad_id
where concat('v', bom.vb_vad_id) in (select value from string_split(@keys, '~'))
order by bom.vb_vad_id, component.vbc_id
