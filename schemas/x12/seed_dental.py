"""How the 837D table is made out of the 837P table, as edits; the sources are named in `x224_837d`."""

from .seed_edits import Edit

_P_ONLY = "professional claims only"
_D_ONLY = "dental claims only"
_SHARED_NAME = "another provider stands under this loop name"

_PERSON = "S AN 1-35 | S AN 1-25 | N | S AN 1-10 | S ID 1-2 =XX | S AN 2-80 | N *3 & P0809 C1110 C1203"
_PLACE = "N *4 | S ID 1-2 =XX | S AN 2-80 | N *3 & P0809 C1110 C1203"
_NOBODY = "N *10 & P0809 C1110 C1203"
_REF = "R AN 1-50 | N *2 & R0203"
_PAYER_REF = "R AN 1-50 | N | S { R ID 2-3 =2U ; R AN 1-50 ; N *4 } & R0203"
_N4 = "R AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3 & E0207 C0605 C0704"
_DAY = "R ID 2-3 =D8 | R AN 1-35"
_CAVITY = "00,01,02,09,10,20,30,40,L,R"


def _drop(*rows: str, why: str = _P_ONLY) -> tuple[Edit, ...]:
    return tuple(Edit(row, why) for row in rows)


def _add(after: str, rows: str) -> Edit:
    return Edit(after, _D_ONLY, add=rows)


_CLAIM_PROVIDERS = f"""
loop 2310D 2300 2500 S 1
2310D 2500 NM1 R 1 : R ID 2-3 =DD | R ID 1-1 =1,2 | R AN 1-60 | {_PERSON}
2310D 2550 PRV S 1 : R ID 1-3 =AS | R ID 2-3 =PXC | R AN 1-50 | N *3 & P0203
2310D 2710 REF S 4 : R ID 2-3 =0B,1G,G2,LU | {_REF}
loop 2310E 2300 2500 S 1
2310E 2500 NM1 R 1 : R ID 2-3 =DQ | R ID 1-1 =1 | R AN 1-60 | {_PERSON}
2310E 2710 REF S 4 : R ID 2-3 =0B,1G,G2,LU | {_REF}
"""
_PAYER_PROVIDERS = f"""
loop 2330E 2320 3250 S 1
2330E 3250 NM1 R 1 : R ID 2-3 =DQ | R ID 1-1 =1 | {_NOBODY}
2330E 3550 REF R 3 : R ID 2-3 =0B,1G,G2,LU | {_REF}
loop 2330F 2320 3250 S 1
2330F 3250 NM1 R 1 : R ID 2-3 =85 | R ID 1-1 =1,2 | {_NOBODY}
2330F 3550 REF R 2 : R ID 2-3 =G2,LU | {_REF}
loop 2330G 2320 3250 S 1
2330G 3250 NM1 R 1 : R ID 2-3 =77 | R ID 1-1 =2 | {_NOBODY}
2330G 3550 REF R 3 : R ID 2-3 =0B,G2,LU | {_REF}
loop 2330H 2320 3250 S 1
2330H 3250 NM1 R 1 : R ID 2-3 =DD | R ID 1-1 =1,2 | {_NOBODY}
2330H 3550 REF R 3 : R ID 2-3 =0B,1G,G2,LU | {_REF}
"""
_LINE_PROVIDERS = f"""
loop 2420B 2400 5000 S 1
2420B 5000 NM1 R 1 : R ID 2-3 =DD | R ID 1-1 =1,2 | R AN 1-60 | {_PERSON}
2420B 5050 PRV S 1 : R ID 1-3 =AS | R ID 2-3 =PXC | R AN 1-50 | N *3 & P0203
2420B 5250 REF S 20 : R ID 2-3 =0B,1G,G2,LU | {_PAYER_REF}
loop 2420C 2400 5000 S 1
2420C 5000 NM1 R 1 : R ID 2-3 =DQ | R ID 1-1 =1 | R AN 1-60 | {_PERSON}
2420C 5250 REF S 20 : R ID 2-3 =0B,1G,G2,LU | {_PAYER_REF}
loop 2420D 2400 5000 S 1
2420D 5000 NM1 R 1 : R ID 2-3 =77 | R ID 1-1 =2 | R AN 1-60 | {_PLACE}
2420D 5140 N3 R 1 : R AN 1-55 | S AN 1-55
2420D 5200 N4 R 1 : {_N4}
2420D 5250 REF S 3 : R ID 2-3 =0B,G2,LU | {_PAYER_REF}
"""
_SERVICE = f"""
2400 3800 SV3 R 1 : R {{ R ID 2-2 =AD ; R AN 1-48 ; S AN 2-2 *4 ; S AN 1-80 ; N }} | R R 1-18 | S AN 1-2 @pos | S {{ R ID 1-3 ={_CAVITY} ; \
S ID 1-3 ={_CAVITY} *4 }} | S ID 1-1 =I,R | S R 1-15 | N *4 | S {{ R N0 1-2 =1,2,3,4 ; S N0 1-2 =1,2,3,4 *3 }}
2400 3820 TOO S 32 : R ID 1-3 =JP | S AN 1-30 | S {{ R ID 1-2 =B,D,F,I,L,M,O ; S ID 1-2 =B,D,F,I,L,M,O *4 }}
"""
_LINE_DATES = f"""
2400 4550 DTP S 1 : R ID 3-3 =139,441 | {_DAY}
2400 4550 DTP S 1 : R ID 3-3 =452 | {_DAY}
2400 4550 DTP S 1 : R ID 3-3 =446 | {_DAY}
2400 4550 DTP S 1 : R ID 3-3 =196 | {_DAY}
2400 4550 DTP S 1 : R ID 3-3 =198 | {_DAY}
"""
_TREATMENT = """
2300 1450 DN1 S 1 : S R 1-15 *2 | S ID 1-1 =Y | S AN 1-80
2300 1500 DN2 S 35 : R AN 1-50 | R ID 1-2 =E,I,M | N *3 | R ID 1-3 =JP
"""

DENTAL: tuple[Edit, ...] = (
    *_drop("2000B 0070 PAT ", "2010BA 0400 PER ", "2010CA 0400 PER ", "2310C 2750 PER "),
    Edit(
        "2000C 0070 PAT ",
        "the relationship is all a dental patient level holds",
        "S ID 2-3 =D8 | S AN 1-35 | S ID 2-2 =01 | S R 1-10 | S ID 1-1 =Y",
        "N *5",
    ),
    Edit("2000C 0070 PAT ", "one run of unused elements", "N *3 | N *5", "N *8"),
    Edit("2300 1300 CLM ", _P_ONLY, "S ID 1-1 =P | S {", "N | S {"),
    Edit("2300 1300 CLM ", "special programmes of the 4010 dental map", "=02,03,05,09", "=01,02,03,05"),
    Edit("2300 1300 CLM ", "CLM19 marks a predetermination", "N *7 |", "N *6 | S ID 2-2 =PB |"),
    *(Edit("2300 1350 DTP ", _P_ONLY, f"={code} ") for code in ("431", "454", "304", "453", "484", "455", "471", "314,360,361", "297", "296")),
    *(Edit("2300 1350 DTP ", _P_ONLY, f"={code} ") for code in ("435", "096", "090,091", "444")),
    _add(
        "2300 1350 DTP ", f"2300 1350 DTP S 1 : R ID 3-3 =452 | {_DAY}\n2300 1350 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35{_TREATMENT}"
    ),
    *_drop("2300 1550 PWK "),
    _add(
        "2300 1500 DN2 ",
        "2300 1550 PWK S 10 : R ID 2-2 =B4,DA,DG,EB,OB,OZ,P6,RB,RR | R ID 1-2 =AA,BM,EL,EM,FT,FX | N *2 | S ID 1-2 =AC | S AN 2-80 | N *3 & P0506",
    ),
    *(Edit("2300 1800 REF ", _P_ONLY, f"={code} ") for code in ("F5", "EW", "X4", "LX", "EA", "P4", "1J")),
    _add("2300 1800 REF ", f"2300 1800 REF S 1 : R ID 2-3 =G3 | {_REF}"),
    Edit("2300 1900 NTE ", "a free claim note, five of them", "NTE S 1 : R ID 3-3 =ADD,CER,DCP,DGN,TPO", "NTE S 5 : R ID 3-3 =ADD"),
    *_drop("2300 1950 CR1 ", "2300 2000 CR2 ", "2300 2200 CRC "),
    Edit("2300 2310 HI ", _P_ONLY, "=BP "),
    Edit("2300 2310 HI ", _P_ONLY, "=BG "),
    Edit("2300 2310 HI ", "diagnoses are optional", "HI R 1", "HI S 1"),
    Edit("2300 2310 HI ", "TQ is the dental diagnosis list", "=ABK,BK", "=ABK,BK,TQ"),
    Edit("2300 2310 HI ", "four diagnoses at most", "=ABF,BF ; R AN 1-30 ; N *7 } *11", "=ABF,BF,TQ ; R AN 1-30 ; N *7 } *3 | N *8"),
    _add("2310A 2500 NM1 ", "2310A 2550 PRV S 1 : R ID 1-3 =RF | R ID 2-3 =PXC | R AN 1-50 | N *3 & P0203"),
    *_drop("loop 2310D ", "2310D ", "loop 2310E ", "2310E ", "loop 2310F ", "2310F ", why=_SHARED_NAME),
    _add("2310C 2710 REF ", _CLAIM_PROVIDERS),
    _add("2330B 3550 REF ", f"2330B 3550 REF S 1 : R ID 2-3 =G3 | {_REF}"),
    *_drop("loop 2330E ", "2330E ", "loop 2330F ", "2330F ", "loop 2330G ", "2330G ", why=_SHARED_NAME),
    _add("2330D 3550 REF ", _PAYER_PROVIDERS),
    *_drop("2400 3700 SV1 ", "2400 4000 SV5 ", "2400 4200 PWK ", "2400 4250 CR1 ", "2400 4350 CR3 ", "2400 4500 CRC ", "2400 4600 QTY "),
    _add("2400 3650 LX ", _SERVICE),
    *(Edit("2400 4550 DTP ", _P_ONLY, f"={code} ") for code in ("471", "607", "463", "461", "304", "738,739", "011", "455", "454")),
    Edit("2400 4550 DTP ", "the claim may say it for all lines", "DTP R 1", "DTP S 1"),
    _add("2400 4550 DTP ", _LINE_DATES),
    *_drop("2400 4620 MEA ", "2400 4880 PS1 "),
    *(Edit("2400 4700 REF ", _P_ONLY, f"={code} ") for code in ("EW", "X4", "F4", "BT")),
    _add("2400 4700 REF ", f"2400 4700 REF S 1 : R ID 2-3 =G3 | {_PAYER_REF}"),
    Edit("2400 4750 AMT ", _P_ONLY, "=F4 "),
    Edit("2400 4850 NTE ", _P_ONLY, "=TPO "),
    Edit("2400 4850 NTE ", "as often as in the 4010 dental map", "NTE S 1", "NTE S 10"),
    Edit("2400 4920 HCP ", "dental procedure codes", "=ER,HC,IV,WK | S AN 1-48 | S ID 2-2 =MJ,UN", "=AD,ER | S AN 1-48 | S ID 2-2 =UN"),
    *_drop("loop 2410 ", "2410 "),
    *_drop("loop 2420B ", "2420B ", "loop 2420C ", "2420C ", "loop 2420D ", "2420D ", "loop 2420E ", "2420E ", why=_SHARED_NAME),
    *_drop("loop 2420F ", "2420F ", "loop 2420G ", "2420G ", "loop 2420H ", "2420H ", why=_SHARED_NAME),
    _add("2420A 5250 REF ", _LINE_PROVIDERS),
    Edit("2430 5400 SVD ", "dental procedure codes", "=ER,HC,IV,WK", "=AD,ER"),
    *_drop("loop 2440 ", "2440 "),
)
