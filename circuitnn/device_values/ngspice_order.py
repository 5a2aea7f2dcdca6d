"""Values that ngspice 44 lists for devices and models, in its order; for models with the defaults of their cards.

Compact models that are not here are listed with all their values.
"""

# Kind → values of an instance; constant ones include the value.
INSTANCES = {
    "r": "resistance ac dtemp=0 bv_max=1e+99 noisy=1 i p",
    "c": "capacitance dtemp=0 bv_max=1e+99 i p",
    "l": "inductance dtemp=0 nt flux v i p",
    "v": "dc acmag pulse sin exp pwl sffm am trnoise trrandom portnum z0 pwr freq phase i p",
    "i": "dc m=1 acmag pulse sin exp pwl sffm am trnoise trrandom v p current",
    "e": "i v p",
    "f": "i v p",
    "g": "i v p",
    "h": "i v p",
    "b": "dtemp=0 i v",
    "diode": "thermal=0 vd id gd cd",
    "bjt": "ic ib ie vbe vbc gm gpi gmu gx go cpi cmu cbx csub",
    "vbic": "vbe vbc ic ib ie is gm go gpi gmu gx cbe cbex cbc cbcx cbep cbcp p",
    "hicum": (
        "vbe vbbp vbc vce vsc vbiei vbpbi vbici vciei ic iavl ib ibei ibci ie is rcx_t re_t rbi rb betadc gmi "
        "gms rpii rpix rmui rmux roi cpii cpix cmui cmux ccs betaac crbi tf ft ick p"
    ),
    "jfet": "vgs vgd ig id is igd gm gds ggs ggd",
    "jfet2": "vgs vgd ig id is igd gm gds ggs ggd",
    "mesfet": "vgs vgd cg cd cgd gm gds ggs ggd is p",
    "mosfet1": "id is ig ib vgs vds vbs von vdsat rs rd gm gds gmb cbd cbs cgs cgd cgb",
    "mosfet2": "id ibd ibs is ig ib vgs vds vbs von vdsat rs rd gm gds gmb cbd cbs cgs cgd cgb",
    "mosfet3": "id vgs vds vbs von vdsat rs rd gm gds gmb cbd cbs cgs cgd cgb",
    "mosfet6": "id is ig ib ibs ibd vgs vds vbs rs rd von vdsat gmbs gm gds gbd gbs cgs cgd cgb cbd cbs",
    "bsim1": "l w m ad as pd ps nrd nrs off vds vgs vbs",
    "bsim3": (
        "l w m ad as pd ps nrd nrs off nqsmod=0 acnqsmod=0 geo=0 delvto mulu0 gmbs gm gds vdsat vth id vbs vgs vds "
        "ibd ibs gbd gbs qb qg qd capbd capbs"
    ),
    "bsim4": (
        "l w m nf sa sb sd min ad as pd ps nrd nrs off rbdb rbsb rbpb rbps rbpd delvto mulu0 xgw "
        "ngcon wnflag trnqsmod=0 acnqsmod=0 rbodymod rgatemod geomod rgeomod gmbs gm gds vdsat vth id ibd ibs gbd "
        "gbs isub igs igd igb igcs igcd vbs vgs vds capbd capbs qg qb qd qs cgso cgdo cgbo"
    ),
    "vdmos": "thermal=0 id is ig vgs vds cgs cgd cds idio von rs rd gm gds",
}
# Kind → parameters of a model card, each with its default: a number, or another parameter.
MODELS = {
    "r": (
        "rsh=0 narrow=0 short=0 tc1=0 tc2=0 tce=0 defw=1e-05 l=1e-05 kf=0 af=0 r=0 bv_max=1e+99 lf=1 wf=1 ef=1"
    ),
    "c": "cap=0 cj=0 cjsw=0 defw=1e-05 defl=0 narrow=0 short=0 del=0 tc1=0 tc2=0 di=0 thick=0 bv_max=1e+99",
    "l": "ind=0 tc1=0 tc2=0 csect=0 dia=0 length=0 nt=0 mu=1",
    "switch": "",
    "cswitch": "",
    "diode": (
        "level=1 is=1e-14 jsw=0 rs=0 trs=0 trs2=0 n=1 ns=1 tt=0 ttt1=0 ttt2=0 cjo=0 vj=1 m=0.5 tm1=0 tm2=0 cjp=0 "
        "php=1 mjsw=0.33 ikf=0 ikr=0 nbv=n area=1 pj=0 tlev=0 tlevc=0 eg=1.11 gap1=0.000702 gap2=1108 xti=3 cta=0 "
        "ctp=0 tpb=0 tphp=0 jtun=0 jtunsw=0 ntun=30 xtitun=3 keg=1 kf=0 af=1 fc=0.5 fcs=0.5 bv=0 ibv=0.001 tcv=0 "
        "isr=1e-14 nr=2 fv_max=1e+99 bv_max=1e+99 id_max=1e+99 te_max=1e+99 pd_max=1e+99 rth0=0 cth0=1e-05 lm=0 "
        "lp=0 wm=0 wp=0 xom=1e-06 xoi=1e-06 xm=0 xp=0 xw=0"
    ),
    "bjt": (
        "type=npn tnom=27 is=1e-16 ibe=0 ibc=0 bf=100 nf=1 vaf=0 ikf=0 ise=0 ne=1.5 br=1 nr=1 var=0 ikr=0 isc=0 "
        "nc=2 rb=0 irb=0 rbm=rb re=0 rc=0 cje=0 vje=0.75 mje=0.33 tf=0 xtf=0 vtf=0 itf=0 ptf=0 cjc=0 vjc=0.75 "
        "mjc=0.33 xcjc=1 tr=0 cjs=0 vjs=0.75 mjs=0 xtb=0 eg=1.11 xti=3 fc=0.5 kf=0 af=0 iss=0 ns=1 rco=0.01 vo=10 "
        "gamma=1e-11 qco=0 tlev=0 tlevc=0 tbf1=0 tbf2=0 tbr1=0 tbr2=0 tikf1=0 tikf2=0 tikr1=0 tikr2=0 tirb1=0 "
        "tirb2=0 tnc1=0 tnc2=0 tne1=0 tne2=0 tnf1=0 tnf2=0 tnr1=0 tnr2=0 trb1=0 trb2=0 trc1=0 trc2=0 tre1=0 tre2=0 "
        "trm1=0 trm2=0 tvaf1=0 tvaf2=0 tvar1=0 tvar2=0 ctc=0 cte=0 cts=0 tvjc=0 tvje=0 tvjs=0 titf1=0 titf2=0 "
        "ttf1=0 ttf2=0 ttr1=0 ttr2=0 tmje1=0 tmje2=0 tmjc1=0 tmjc2=0 tmjs1=0 tmjs2=0 tns1=0 tns2=0 nkf=0.5 tis1=0 "
        "tis2=0 tise1=0 tise2=0 tisc1=0 tisc2=0 tiss1=0 tiss2=0 quasimod=0 vg=1.206 cn=2.42 d=0.87 vbe_max=1e+99 "
        "vbc_max=1e+99 vce_max=1e+99 pd_max=1e+99 ic_max=1e+99 ib_max=1e+99 te_max=1e+99 rth0=0"
    ),
    "vbic": (
        "type=npn selft=0 tnom=27 rcx=0 rci=0.1 vo=0 gamm=0 hrcf=1 rbx=0 rbi=0.1 re=0 rs=0 rbp=0.1 is=1e-16 nf=1 "
        "nr=1 fc=0.9 cbeo=0 cje=0 pe=0.75 me=0.33 aje=-0.5 cbco=0 cjc=0 qco=0 cjep=0 pc=0.75 mc=0.33 ajc=-0.5 "
        "cjcp=0 ps=0.75 ms=0.33 ajs=-0.5 ibei=1e-18 wbe=1 nei=1 iben=0 nen=2 ibci=1e-16 nci=1 ibcn=0 ncn=2 avc1=0 "
        "avc2=0 isp=0 wsp=1 nfp=1 ibeip=0 ibenp=0 ibcip=0 ncip=1 ibcnp=0 ncnp=2 vef=0 ver=0 ikf=0 ikr=0 ikp=0 tf=0 "
        "qtf=0 xtf=0 vtf=0 itf=0 tr=0 td=0 kfn=0 afn=1 bfn=1 xre=0 xrbi=0 xrci=0 xrs=0 xvo=0 ea=1.12 eaie=1.12 "
        "eaic=1.12 eais=1.12 eane=1.12 eanc=1.12 eans=1.12 xis=3 xii=3 xin=3 tnf=0 tavc=0 rth=0 cth=0 vrt=0 "
        "art=0.1 ccso=0 qbm=0 nkf=0.5 xikf=0 xrcx=0 xrbx=0 xrbp=0 isrr=1 xisr=0 dear=0 eap=1.12 vbbe=0 nbbe=1 "
        "ibbe=1e-06 tvbbe1=0 tvbbe2=0 tnbbe=0 ebbe=0 dtemp=0 vers=1.2 vref=0 vbe_max=1e+99 vbc_max=1e+99 "
        "vce_max=1e+99 vsub_max=1e+99 vbefwd=0.2 vbcfwd=0.2 vsubfwd=0.2"
    ),
    "hicum": (
        "type=npn tnom=300.15 version=2.4.0 c10=2e-30 qp0=2e-14 ich=0 hf0=1 hfe=1 hfc=1 hjei=1 ahjei=0 rhjei=1 hjci=1 "
        "ibeis=1e-18 mbei=1 ireis=0 mrei=2 ibeps=0 mbep=1 ireps=0 mrep=2 mcf=1 tbhrec=0 ibcis=1e-16 mbci=1 ibcxs=0 "
        "mbcx=1 ibets=0 abet=40 tunode=0 favl=0 qavl=0 kavl=0 alfav=0 alqav=0 alkav=0 rbi0=0 rbx=0 fgeo=0.6557 "
        "fdqr0=0 fcrbi=0 fqi=1 re=0 rcx=0 itss=0 msf=1 iscs=0 msc=1 tsf=0 rsu=0 csu=0 cjei0=1e-20 vdei=0.9 zei=0.5 "
        "ajei=2.5 cjep0=1e-20 vdep=0.9 zep=0.5 ajep=2.5 cjci0=1e-20 vdci=0.7 zci=0.4 vptci=100 cjcx0=1e-20 vdcx=0.7 "
        "zcx=0.4 vptcx=100 fbcpar=0 fbepar=1 cjs0=0 vds=0.6 zs=0.5 vpts=100 cscp0=0 vdsp=0.6 zsp=0.5 vptsp=100 t0=0 "
        "dt0h=0 tbvl=0 tef0=0 gtfe=1 thcs=0 ahc=0.1 fthc=0 rci0=150 vlim=0.5 vces=0.1 vpt=100 aick=0.001 delck=2 tr=0 "
        "vcbar=0 icbar=0 acbar=0.01 cbepar=0 cbcpar=0 alqf=0.167 alit=0.333 flnqs=0 kf=0 af=2 cfbe=0 flcono=0 kfre=0 "
        "afre=2 latb=0 latl=0 vgb=1.17 alt0=0 kt0=0 zetaci=0 alvs=0 alces=0 zetarbi=0 zetarbx=0 zetarcx=0 zetare=0 "
        "zetacx=1 vge=1.17 vgc=1.17 vgs=1.17 f1vg=-0.000102377 f2vg=0.00043215 zetact=3 zetabet=3.5 alb=0 dvgbe=0 "
        "zetahjei=1 zetavgbe=1 flsh=0 rth=0 zetarth=0 alrth=0 cth=0 flcomp=0 vbe_max=1e+99 vbc_max=1e+99 "
        "vce_max=1e+99"
    ),
    "jfet": (
        "type=njf vt0=-2 beta=0.0001 lambda=0 rd=0 rs=0 cgs=0 cgd=0 pb=1 is=1e-14 n=1 fc=0.5 b=1 tcv=0 vtotc=0 "
        "bex=0 betatce=0 xti=3 eg=1.11 kf=0 af=1 nlev=2 gdsnoi=1"
    ),
    "jfet2": (
        "type=njf acgam=0 af=1 beta=0.0001 cds=0 cgd=0 cgs=0 delta=0 hfeta=0 hfe1=0 hfe2=0 "
        "hfg1=0 hfg2=0 mvst=0 mxi=0 fc=0.5 ibd=0 is=1e-14 kf=0 lambda=0 lfgam=0 lfg1=0 lfg2=0 n=1 p=2 vbi=1 q=2 "
        "rd=0 rs=0 taud=0 taug=0 vbd=1 ver=0 vst=0 vt0=-2 xc=0 xi=1000 z=1 hfgam=lfgam"
    ),
    "mesfet": (
        "type=nmf vt0=-2 alpha=2 beta=0.0025 lambda=0 b=0.3 rd=0 rs=0 cgs=0 cgd=0 pb=1 is=1e-14 fc=0.5 "
        "depl_cap=0.5 vcrit=0.730289 kf=0 af=1"
    ),
    "mosfet1": (
        "type=nmos vto=0 kp=2e-05 gamma=0 phi=0.6 lambda=0 rd=0 rs=0 cbd=0 cbs=0 is=1e-14 pb=0.8 cgso=0 cgdo=0 "
        "cgbo=0 rsh=0 cj=0 mj=0.5 cjsw=0 mjsw=0.5 js=0 tox=0 ld=0 u0=0 fc=0.5 nsub=0 tpg=0 nss=0 tnom=27 kf=0 af=1 "
        "nlev=2 gdsnoi=1"
    ),
    "mosfet2": (
        "type=nmos vto=0 kp=2.07189e-05 gamma=0 phi=0.6 lambda=0 rd=0 rs=0 cbd=0 cbs=0 is=1e-14 pb=0.8 cgso=0 "
        "cgdo=0 cgbo=0 rsh=0 cj=0 mj=0.5 cjsw=0 mjsw=0.33 js=0 tox=1e-07 ld=0 u0=600 fc=0.5 nsub=0 tpg=0 nss=0 "
        "delta=0 uexp=0 ucrit=10000 vmax=0 xj=0 neff=1 nfs=0 kf=0 af=1 nlev=2 gdsnoi=1"
    ),
    "mosfet3": (
        "type=nmos vto=0 kp=2.07189e-05 gamma=0 phi=0.6 rd=0 rs=0 cbd=0 cbs=0 is=1e-14 pb=0.8 cgso=0 cgdo=0 cgbo=0 "
        "rsh=0 cj=0 mj=0.5 cjsw=0 mjsw=0.33 tox=1e-07 ld=0 xl=0 wd=0 xw=0 u0=600 fc=0.5 nsub=0 tpg=0 nss=0 vmax=0 "
        "xj=0 nfs=0 xd=0 alpha=0 eta=0 delta=0 input_delta=0 theta=0 kappa=0.2 kf=0 af=1 nlev=2 gdsnoi=1"
    ),
    "mosfet6": (
        "type=nmos vto=0 kv=2 nv=0.5 kc=5e-05 nc=1 nvth=0.5 ps=0 gamma=0 gamma1=0 sigma=0 phi=0.6 lambda=0 "
        "lambda0=0 lambda1=0 rd=0 rs=0 cbd=0 cbs=0 is=1e-14 pb=0.8 cgso=0 cgdo=0 cgbo=0 rsh=0 cj=0 mj=0.5 cjsw=0 "
        "mjsw=0.5 js=0 ld=0 tox=0 u0=0 fc=0.5 tpg=0 nsub=0 nss=0 tnom=300.15"
    ),
    "bsim1": (
        "vfb=0 lvfb=0 wvfb=0 phi=0 lphi=0 wphi=0 k1=0 lk1=0 wk1=0 k2=0 lk2=0 wk2=0 eta=0 leta=0 weta=0 x2e=0 "
        "lx2e=0 wx2e=0 x3e=0 lx3e=0 wx3e=0 dl=0 dw=0 muz=0 x2mz=0 lx2mz=0 wx2mz=0 mus=0 lmus=0 wmus=0 x2ms=0 "
        "lx2ms=0 wx2ms=0 x3ms=0 lx3ms=0 wx3ms=0 u0=0 lu0=0 wu0=0 x2u0=0 lx2u0=0 wx2u0=0 u1=0 lu1=0 wu1=0 x2u1=0 "
        "lx2u1=0 wx2u1=0 x3u1=0 lx3u1=0 wx3u1=0 n0=0 ln0=0 wn0=0 nb=0 lnb=0 wnb=0 nd=0 lnd=0 wnd=0 tox=0 temp=0 "
        "vdd=0 cgso=0 cgdo=0 cgbo=0 xpart=0 rsh=0 js=0 pb=0.1 mj=0 pbsw=0.1 mjsw=0 cj=0 cjsw=0 wdf=0 dell=0 kf=0 "
        "af=1"
    ),
    "vdmos": (
        "type=vdmosn vto=3 kp=35 phi=0.6 lambda=0 theta=0 rd=0 rs=0 rg=0 tnom=27 kf=0 af=1 rq=0 vq=0 mtriode=1 "
        "tcvth=0 mu=-1.5 texp0=1.5 texp1=0.3 trd1=0 trd2=0 trg1=0 trg2=0 trs1=0 trs2=0 trb1=0 trb2=0 subshift=0 "
        "ksubthres=0.1 tksubthres1=0 tksubthres2=0 bv=1e+99 ibv=1e-10 nbv=1 rds=1e+15 rb=0 n=1 tt=0 eg=1.11 xti=3 "
        "is=1e-14 vj=0.8 cjo=5e-10 m=0.5 fc=0.5 cgdmin=2e-11 cgdmax=2e-09 a=1 cgs=1.4e-09 rthjc=1 rthca=1000 "
        "cthj=1e-05 vgs_max=1e+99 vgd_max=1e+99 vds_max=1e+99 vgsr_max=1e+99 vgdr_max=1e+99 pd_max=1e+99 id_max=0 "
        "idr_max=1e+99 te_max=1e+99 rth_ext=rthca derating=0"
    ),
}

# Level 9 is level 3 without choices of its noise.
INSTANCES["mosfet9"] = INSTANCES["mosfet3"]
MODELS["mosfet9"] = MODELS["mosfet3"].removesuffix(" nlev=2 gdsnoi=1")

DERIVED = frozenset("vto kp kc gamma phi u0 cj".split())
DERIVE = frozenset("tox nsub u0 uo".split())
"""Parameters of MOSFETs that follow from others if a card gives these, and those others."""
