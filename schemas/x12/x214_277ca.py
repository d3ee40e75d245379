"""Guide table of the 277CA, health care claim acknowledgement (005010X214).

Source: pyx12's map 277.5010.X214 for places, requirements, repeats, types, lengths, codes and syntax rules, with the edits and their reasons
in `seed_edits_acks`; `python -m schemas.x12.seed 277CA` prints the table. The look-alike 005010X364 is another guide and is not read by it.
Weakest: repeats of 2100C, and the date of the line status (STC02 in 2220D) as required.
"""

GUIDE = "277CA"
TRANSACTION = "277"
FUNCTIONAL_GROUP = "HN"
VERSIONS = ("005010X214",)
RELATED: dict[str, str] = {}

TABLE = """\
loop ST - 0000 R *
ST 10050 ST R 1 : R ID 3-3 =277 | R AN 4-9 | R AN 1-35
ST 10200 BHT R 1 : R ID 4-4 =0085 | R ID 2-2 =08 | R AN 1-50 | R DT 8-8 | R TM 4-8 | R ID 2-2 =TH
loop 2000A ST 20100 R *
2000A 0100 HL R 1 : R AN 1-12 | N | R ID 1-2 =20 | R ID 1-1 =1
loop 2100A 2000A 0500 R 1
2100A 0500 NM1 R 1 : R ID 2-3 =PR,AY | R ID 1-1 =2 | R AN 1-60 | N *4 | R ID 1-2 =46,FI,PI,XV | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2200A 2000A 0900 R *
2200A 0900 TRN R 1 : R ID 1-2 =1 | R AN 1-50 | N *2
2200A 1200 DTP R 1 : R ID 3-3 =050 | R ID 2-3 =D8 | R AN 1-35
2200A 1200 DTP R 1 : R ID 3-3 =009 | R ID 2-3 =D8 | R AN 1-35
loop 2000B 2000A 2000 R 1
2000B 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =21 | R ID 1-1 =0,1
loop 2100B 2000B 0500 R 1
2100B 0500 NM1 R 1 : R ID 2-3 =41 | R ID 1-1 =1,2 | R AN 1-60 | S AN 1-35 | S AN 1-25 | N *2 | R ID 1-2 =46 | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2200B 2000B 0900 R 1
2200B 0900 TRN R 1 : R ID 1-2 =2 | R AN 1-50 | N *2
2200B 1000 STC R * : R { R AN 1-30 *2 ; S ID 2-3 =36,40,41,AY,PR ; N } | R DT 8-8 | R ID 1-2 =U,WQ | R R 1-18 | N *5 | S { R AN 1-30 *2 ; S ID 2-3 ; N } *2 | N
2200B 1210 QTY S 1 : R ID 2-2 =90 | R R 1-15 | N *2 & E0204 R0204
2200B 1210 QTY S 1 : R ID 2-2 =AA | R R 1-15 | N *2 & E0204 R0204
2200B 1220 AMT S 1 : R ID 1-3 =YU | R R 1-18 | N
2200B 1220 AMT S 1 : R ID 1-3 =YY | R R 1-18 | N
loop 2000C 2000B 2000 S *
2000C 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =19 | R ID 1-1 =1
loop 2100C 2000C 0500 R *
2100C 0500 NM1 R 1 : R ID 2-3 =85 | R ID 1-1 =1,2 | R AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | R ID 1-2 =FI,SV,XX | R AN 2-80 | N *2
loop 2200C 2000C 0900 S 1
2200C 0900 TRN R 1 : R ID 1-2 =1 | R AN 1-50 | N *2
2200C 1000 STC R * : R { R AN 1-30 *2 ; S ID 2-3 =36,40,41,77,82,85,87,AY,PR ; N } | N | R ID 1-2 =U,WQ | R R 1-18 | N *5 | S { R AN 1-30 *2 ; S ID 2-3 ; N } *2 | N
2200C 1100 REF S 1 : R ID 2-3 =0B,1G,G2,LU,SY,TJ | R AN 1-50 | N *2
2200C 1210 QTY S 1 : R ID 2-2 =QA | R R 1-15 | N *2 & E0204 R0204
2200C 1210 QTY S 1 : R ID 2-2 =QC | R R 1-15 | N *2 & E0204 R0204
2200C 1220 AMT S 1 : R ID 1-3 =YU | R R 1-18 | N
2200C 1220 AMT S 1 : R ID 1-3 =YY | R R 1-18 | N
loop 2000D 2000C 2000 R *
2000D 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =PT | N
loop 2100D 2000D 0500 R 1
2100D 0500 NM1 R 1 : R ID 2-3 =QC | R ID 1-1 =1 | R AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | R ID 1-2 =II,MI | R AN 2-80 | N *2
loop 2200D 2000D 0900 S *
2200D 0900 TRN R 1 : R ID 1-2 =2 | R AN 1-50 | N *2
2200D 1000 STC R * : R { R AN 1-30 @claim_status_cat ; R AN 1-30 @claim_status ; S ID 2-3 =03,1P,1Z,40,41,71,72,73,77,82,85,87,DK,DN,DQ,FA,GB,HK,IL,LI,MSC,PR,PRP,QB,QC,QD,SEP,TL,TTP,TU ; N } | R DT 8-8 | R ID 1-2 =U,WQ | R R 1-18 | N *5 | S { R AN 1-30 @claim_status_cat ; R AN 1-30 @claim_status ; S ID 2-3 @entity_id } *2 | S AN 1-264
2200D 1100 REF S 1 : R ID 2-3 =1K | R AN 1-50 | N *2
2200D 1100 REF S 1 : R ID 2-3 =D9 | R AN 1-50 | N *2
2200D 1100 REF S 1 : R ID 2-3 =BLT | R AN 1-50 | N *2
2200D 1200 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =RD8,D8 | R AN 1-35
loop 2220D 2200D 1800 S *
2220D 1800 SVC R 1 : R { R ID 2-2 =AD,ER,HC,HP,IV,NU,NU,WK ; R AN 1-48 ; S AN 2-2 *4 ; N } | R R 1-18 | N | S AN 1-48 | N *2 | S R 1-15
2220D 1900 STC R 1 : R { R AN 1-30 @claim_status_cat ; R AN 1-30 @claim_status ; S ID 2-3 =03,1P,1Z,40,41,71,72,73,77,82,85,87,DK,DN,DQ,FA,GB,HK,IL,LI,MSC,PR,PRP,QB,QC,QD,SEP,TL,TTP,TU } | R DT 8-8 | R ID 1-2 =U | N *6 | S { R AN 1-30 @claim_status_cat ; R AN 1-30 @claim_status ; S ID 2-3 @entity_id } *2 | N
2220D 2000 REF S 1 : R ID 2-3 =FJ | R AN 1-50 | N *2
2220D 2000 REF S 1 : R ID 2-3 =XZ | R AN 1-50 | N *2
2220D 2100 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
ST 35550 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
