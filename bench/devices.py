"""Devices under test of `bench.parameters`, with bias points at which each of their parts matters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A device under test.

    Parameters
    ----------
    kind : str
        Name of ``devhelp``.
    letter, card : str
        Of the instance; ``.model`` card without its closing bracket.
    instance : str
        Words of the instance.
    terminals : str
        One letter each.
    biases : tuple of tuples of float
        Voltages of the terminals. [V]
    wrong : tuple of str
        Ends of names of noise sources that ngspice has wrong, as the model's page says.
    both : bool
        Whether both polarities are drawn.
    fixed : tuple of str
        Parameters of the model that random subsets leave out: ngspice has them wrong, or not.
    asked : str
        Name for ``devhelp`` unless it is `kind`.
    """

    kind: str
    letter: str
    card: str
    instance: str
    terminals: str
    biases: tuple[tuple[float, ...], ...]
    wrong: tuple[str, ...] = ()
    both: bool = True
    fixed: tuple[str, ...] = ()
    asked: str = ""


_MOS = ((1.5, 1.2, 0.0, -0.5), (0.2, 1.8, 0.0, 0.0), (1.5, -1.0, 0.0, -1.0), (-0.65, 0.0, 0.0, 0.0))
_SIZES = "l=0.3u w=2u ad=1p as=1.2p pd=4u ps=5u nrd=0.5 nrs=0.4"
DEVICES = {
    d.kind: d
    for d in (
        Device("bsim3", "m", "nmos level=8 version=3.3.0 vth0=0.5 u0=400 tox=5n rsh=5", _SIZES, "dgsb", _MOS),
        Device("bsim4", "m", "nmos level=14 version=4.8.2 vth0=0.4 u0=0.03 rsh=5", _SIZES, "dgsb", _MOS),
        Device(  # whose body floats: contacts have no effect in ngspice
            "b3soipd",
            "m",
            "nmos level=57 vth0=0.5 k1=0.6 k2=0 rsh=5 alpha0=0.01 isdif=1e-4 vrec0=1 istun=1e-5 vtun0=1 ahli=1e-9",
            _SIZES,
            "dgse",
            ((1.5, 1.2, 0.0, -0.5), (0.2, 1.8, 0.0, 0.0), (2.5, 1.0, 0.0, 1.0), (1.5, 0.3, 0.0, 0.0)),
        ),
        Device(
            "vbic",
            "q",
            "npn level=4 is=1e-16 rcx=10 rbx=20 re=2 rbi=30 rci=60 cje=1p cjc=0.5p cjep=0.1p cjcp=0.4p tf=10p",
            "",
            "cbes",
            ((2.0, 0.8, 0.0, -1.0), (0.1, 0.85, 0.0, 0.0), (-0.8, -0.05, 0.0, -1.0), (3.0, -2.0, 0.0, 0.0)),
            ("_rbp",),
            fixed=("multiplier",),  # ngspice has gmin once
        ),
        Device(
            "hicum2",
            "q",
            "npn level=8 flcomp=2.3 c10=1e-29 qp0=6e-14 ireis=2e-15 ibeps=1e-19 ireps=1e-15 ibcxs=1e-18 rbi0=6 rbx=10 "
            "re=2 rcx=8 itss=1e-18 iscs=4e-18 rsu=30 cjei0=8e-15 cjep0=2e-15 cjci0=4e-15 cjcx0=6e-15 cjs0=8e-15 "
            "cscp0=2e-15 t0=1e-12 tef0=2e-13 thcs=8e-12 rci0=40 fthc=0.6 vces=0.05 vpt=3",
            "",
            "cbes",
            ((1.5, 0.85, 0.0, -1.0), (0.1, 0.95, 0.0, 0.0), (-0.8, -0.05, 0.0, -1.0), (3.0, -2.0, 0.0, 0.0)),
            ("_ibep", "_ibci"),
        ),
        Device(
            "vdmos",
            "m",
            "vdmos kp=2 vto=2 rd=0.05 rs=0.02 rg=5 cgs=500p cgdmax=800p cgdmin=50p cjo=300p is=1p",
            "",
            "dgs",
            ((10.0, 4.0, 0.0), (0.3, 6.0, 0.0), (-0.7, 0.0, 0.0), (20.0, 1.5, 0.0)),
            ("_1overf",),
            fixed=("multiplier",),
        ),
        Device(
            "jfet",
            "j",
            "njf vto=-2 beta=1m cgs=3p cgd=1p rd=10 rs=8",
            "",
            "dgs",
            ((5.0, -0.5, 0.0), (0.3, 0.3, 0.0), (5.0, -3.0, 0.0), (-1.0, -0.5, 0.0)),
        ),
        Device(
            "jfet2",
            "j",
            "njf level=2 vto=-2 beta=1m cgs=3p cgd=1p rd=10 rs=8",
            "",
            "dgs",
            ((5.0, -0.5, 0.0), (0.3, 0.3, 0.0), (5.0, -3.0, 0.0), (-1.0, -0.5, 0.0)),
        ),
        *(
            Device(
                f"hfet{level - 4}",
                "z",
                f"nhfet level={level} rd=5 rs=4{gate}",
                "l=0.8u w=30u",
                "dgs",
                ((1.0, 0.5, 0.0), (0.2, 0.9, 0.0), (2.0, 0.1, 0.0)),
            )
            for level, gate in ((5, " rg=3 ri=2 rf=2 cds=2f"), (6, " js=1u ggr=1 cf=1f"))
        ),
        Device(
            "bjt",
            "q",
            "npn is=1e-16 bf=100 br=2 rb=100 rc=10 re=1 cje=1p cjc=0.5p cjs=0.5p tf=10p tr=1n",
            "",
            "cbes",
            ((2.0, 0.7, 0.0, -1.0), (0.1, 0.75, 0.0, 0.0), (-0.7, -0.05, 0.0, -1.0), (3.0, -2.0, 0.0, 0.0)),
            fixed=("area", "areab", "areac"),
        ),
        Device(
            "diode",
            "d",
            "d is=1e-14 rs=5 cjo=1p tt=1n bv=6",
            "",
            "ak",
            ((0.7, 0.0), (0.2, 0.0), (-3.0, 0.0), (-6.1, 0.0)),
            ("_id",),
        ),
        Device(
            "diode3",
            "d",
            "d level=3 is=1e-4 rs=1e-9 cjo=1m tt=1n bv=6 jsw=1e-10",
            "l=20u w=30u",
            "ak",
            ((0.7, 0.0), (0.2, 0.0), (-3.0, 0.0), (-6.1, 0.0)),
            ("_id",),
            fixed=("multiplier",),
            asked="diode",
        ),
        Device(
            "bjt2",
            "q",
            "npn is=1e-16 bf=100 br=2 rb=100 rc=10 re=1 cje=1p cjc=0.5p cjs=0.5p tf=10p tr=1n "
            "rco=50 vo=4 gamma=1n qco=1e-14",
            "",
            "cbes",
            ((2.0, 0.7, 0.0, -1.0), (0.1, 0.75, 0.0, 0.0), (-0.7, -0.05, 0.0, -1.0), (3.0, -2.0, 0.0, 0.0)),
            fixed=("area", "areab", "areac"),
            asked="bjt",
        ),
        Device(
            "mes",
            "z",
            "nmf vto=-1.5 beta=2m cgs=0.3p cgd=0.1p rd=5 rs=4",
            "",
            "dgs",
            ((3.0, -0.5, 0.0), (0.3, 0.3, 0.0), (3.0, -2.0, 0.0), (-1.0, -0.5, 0.0)),
            fixed=("multiplier", "temp"),
        ),
        *(
            Device(
                f"mesa{level}",
                "z",
                f"nmf level={level} rd=10 rs=10",
                "l=1u w=20u",
                "dgs",
                ((1.0, 0.3, 0.0), (0.2, 0.5, 0.0), (2.0, -1.0, 0.0), (0.1, 0.0, 0.0)),
                fixed=("tnom", "temp"),
                asked="mesa",
            )
            for level in (2, 3, 4)
        ),
        Device(
            "bsim1",
            "m",
            "nmos level=4 vfb=-0.8 phi=0.8 k1=0.7 muz=600 mus=650 tox=0.03 vdd=5 n0=1.2 rsh=5 "
            "cj=3e-4 cjsw=3e-10 js=1e-4 pb=0.8 pbsw=0.8",
            "l=2u w=10u ad=10p as=12p pd=14u ps=15u nrd=0.5 nrs=0.4",
            "dgsb",
            ((3.0, 1.0, 0.0, -1.0), (0.2, 2.0, 0.0, -0.1), (3.0, -1.0, 0.0, -1.0), (2.0, 0.3, 0.0, -0.5)),
            ("_id", "_1overf"),
        ),
        Device(
            "bsim2",
            "m",
            "nmos level=5 vbb=-5 rsh=5 cj=3e-4 cjsw=3e-10 js=1e-4",
            "l=2u w=10u ad=10p as=12p pd=14u ps=15u nrd=0.5 nrs=0.4",
            "dgsb",
            ((3.0, 1.0, 0.0, -1.0), (0.2, 2.0, 0.0, -0.1), (3.0, -1.0, 0.0, -1.0), (2.0, 0.3, 0.0, -0.5)),
            ("_id", "_1overf"),
        ),
        *(
            Device(
                f"mos{level}",
                "m",
                f"nmos level={level} vto=0.7{' kc=40u' if level == 6 else ' kp=60u'} tox=20n rsh=5 "
                "cj=3e-4 cjsw=3e-10 is=1e-17",
                "l=2u w=10u ad=10p as=12p pd=14u ps=15u nrd=0.5 nrs=0.4",
                "dgsb",
                ((3.0, 2.0, 0.0, -1.0), (0.2, 3.0, 0.0, 0.0), (3.0, -1.0, 0.0, -1.0), (-0.65, 0.0, 0.0, 0.0)),
                fixed=("is", "js", *(("multiplier",) if level == 2 else ())),
            )
            for level in (1, 2, 3, 6, 9)
        ),
    )
}
