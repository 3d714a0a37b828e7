"""What to cite for a run's links."""

from __future__ import annotations

from links.atmosphere import Atmosphere
from links.telescope import Receiver, Transmitter

REFERENCES = {
    "beam, area-ratio": "S.-K. Liao et al., Nature 549, 43 (2017), doi:10.1038/nature23655",
    "beam, truncated": "B. J. Klein, J. J. Degnan, Appl. Opt. 13, 2134 (1974), doi:10.1364/AO.13.002134",
    "pointing": "M. Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567",
    "air mass": "F. Kasten, A. T. Young, Appl. Opt. 28, 4735 (1989), doi:10.1364/AO.28.004735",
    "Rayleigh extinction": "B. A. Bodhaine et al., J. Atmos. Ocean. Technol. 16, 1854 (1999), "
    "doi:10.1175/1520-0426(1999)016<1854:ORODC>2.0.CO;2",
    "aerosol": "E. F. Vermote et al., IEEE Trans. Geosci. Remote Sens. 35, 675 (1997), doi:10.1109/36.581987",
    "night sky": "F. Patat, A&A 400, 1183 (2003), doi:10.1051/0004-6361:20030030",
    "Moon": "K. Krisciunas, B. E. Schaefer, PASP 103, 1033 (1991), doi:10.1086/132921",
    "twilight": "F. Patat et al., A&A 455, 385 (2006), doi:10.1051/0004-6361:20064992",
    "turbulence": "G. C. Valley, Appl. Opt. 19, 574 (1980), doi:10.1364/AO.19.000574",
}


def citations(transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> tuple[tuple[str, str], ...]:
    """Label and reference of every model that a downlink of this equipment uses, in the order of the light's way."""
    area_ratio = transmitter.divergence is not None and transmitter.divergence_convention == "area-ratio"
    labels = ["beam, area-ratio" if area_ratio else "beam, truncated"]
    if transmitter.pointing_jitter or transmitter.pointing_bias:
        labels.append("pointing")
    labels.append("air mass")
    if atmosphere.zenith_loss is None:
        labels += ["Rayleigh extinction", "aerosol"]
    if atmosphere.turbulence is not None:
        labels.append("turbulence")
    if receiver.field_of_view:
        labels += ["night sky", "Moon", "twilight"]
    return tuple((label, REFERENCES[label]) for label in labels)
