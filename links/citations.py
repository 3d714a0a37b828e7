"""What to cite for a run's links."""

from __future__ import annotations

from links.atmosphere import Atmosphere
from links.telescope import Receiver, Transmitter

REFERENCES = {
    "beam, area-ratio": "S.-K. Liao et al., Nature 549, 43 (2017), doi:10.1038/nature23655",
    "beam, Gaussian": "A. E. Siegman, Lasers, University Science Books (1986), ch. 17",
    "beam, truncated": "J. W. Goodman, Introduction to Fourier Optics, 3rd ed., Roberts (2005), ch. 4",
    "beam, best waist": "B. J. Klein, J. J. Degnan, Appl. Opt. 13, 2134 (1974), doi:10.1364/AO.13.002134",
    "pointing": "M. Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567",
    "refraction": "Th. Saemundsson, Sky & Telescope 72, 70 (1986)",
    "air mass": "F. Kasten, A. T. Young, Appl. Opt. 28, 4735 (1989), doi:10.1364/AO.28.004735",
    "Rayleigh extinction": "B. A. Bodhaine et al., J. Atmos. Ocean. Technol. 16, 1854 (1999), "
    "doi:10.1175/1520-0426(1999)016<1854:ORODC>2.0.CO;2",
    "aerosol": "E. F. Vermote et al., IEEE Trans. Geosci. Remote Sens. 35, 675 (1997), doi:10.1109/36.581987",
    "aerosol, rural, and gases": "R. E. Bird, C. Riordan, J. Climate Appl. Meteorol. 25, 87 (1986), "
    "doi:10.1175/1520-0450(1986)025<0087:SSSMFD>2.0.CO;2",
    "aerosol, types": "M. Hess, P. Koepke, I. Schult, Bull. Am. Meteorol. Soc. 79, 831 (1998), "
    "doi:10.1175/1520-0477(1998)079<0831:OPOAAC>2.0.CO;2",
    "turbulence": "G. C. Valley, Appl. Opt. 19, 574 (1980), doi:10.1364/AO.19.000574",
    "turbulence, SLC": "R. R. Beland, Propagation through atmospheric optical turbulence, "
    "IR/EO Systems Handbook vol. 2, SPIE (1993), ch. 2",
    "scintillation": "L. C. Andrews, R. L. Phillips, Laser Beam Propagation through Random Media, 2nd ed., SPIE "
    "(2005), doi:10.1117/3.626196",
    "image": "D. L. Fried, J. Opt. Soc. Am. 56, 1372 (1966), doi:10.1364/JOSA.56.001372",
    "fibre coupling": "C. Ruilier, Proc. SPIE 3350, 319 (1998), doi:10.1117/12.317094",
    "fibre coupling, turbulent": "Y. Dikmelik, F. M. Davidson, Appl. Opt. 44, 4946 (2005), doi:10.1364/AO.44.004946",
    "adaptive optics": "R. J. Noll, J. Opt. Soc. Am. 66, 207 (1976), doi:10.1364/JOSA.66.000207",
    "night sky": "F. Patat, A&A 400, 1183 (2003), doi:10.1051/0004-6361:20030030",
    "Moon": "K. Krisciunas, B. E. Schaefer, PASP 103, 1033 (1991), doi:10.1086/132921",
    "twilight": "F. Patat et al., A&A 455, 385 (2006), doi:10.1051/0004-6361:20064992",
    "day sky": "K. N. Liou, An Introduction to Atmospheric Radiation, 2nd ed., Academic Press (2002), ch. 6",
    "satellite in sunlight": "C. Walker et al., Bull. Am. Astron. Soc. 52, 0206 (2020)",
}


def citations(transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> tuple[tuple[str, str], ...]:
    """Label and reference of every model that a downlink of this equipment uses, in the order of the light's way."""
    sky = ["night sky", "Moon", "twilight", "day sky"]
    glint = ["satellite in sunlight"] if transmitter.sunlit_magnitude is not None else []
    labels = [*_beam(transmitter), *_air(atmosphere), *_turbulence(receiver, atmosphere), *sky, *glint]
    return tuple((label, REFERENCES[label]) for label in labels)


def _beam(transmitter: Transmitter) -> list[str]:
    convention = transmitter.divergence_convention
    labels = ["beam, truncated" if convention is None else "beam, Gaussian"]
    if convention == "area-ratio":
        labels = ["beam, area-ratio"]
    if convention is None and transmitter.waist is None:
        labels.append("beam, best waist")
    return [*labels, "pointing"] if transmitter.pointing_jitter or transmitter.pointing_bias else labels


def _air(atmosphere: Atmosphere) -> list[str]:
    labels = ["refraction", "air mass"]
    if atmosphere.zenith_loss is not None:
        return labels
    kind = [] if atmosphere.aerosol == "rural" else ["aerosol, types"]
    return [*labels, "Rayleigh extinction", "aerosol", "aerosol, rural, and gases", *kind]


def _turbulence(receiver: Receiver, atmosphere: Atmosphere) -> list[str]:
    fibre = ["fibre coupling"] if receiver.coupling == "fibre" else []
    if atmosphere.turbulence is None:
        return fibre
    profile = {"hufnagel-valley": ["turbulence"], "table": []}.get(atmosphere.turbulence.profile, ["turbulence, SLC"])
    corrected = ["adaptive optics"] if receiver.adaptive_modes else []
    image = [*fibre, "fibre coupling, turbulent", *corrected] if fibre else ["image"]
    return [*profile, "scintillation", *image]
