"""What to cite for a run's keys."""

from __future__ import annotations

from keys.security import Security
from keys.source import Source

REFERENCES = {
    "lim-2014": "C. C. W. Lim et al., Phys. Rev. A 89, 022307 (2014), doi:10.1103/PhysRevA.89.022307",
    "rusca-2018": "D. Rusca et al., Appl. Phys. Lett. 112, 171104 (2018), doi:10.1063/1.5023340",
    "wiesemann-2024": "J. Wiesemann et al., Quantum 10, 2037 (2026), arXiv:2405.16578",
    "yin-2020": "H.-L. Yin et al., Sci. Rep. 10, 14312 (2020), doi:10.1038/s41598-020-71107-6",
    "tomamichel-2012": "M. Tomamichel et al., Nat. Commun. 3, 634 (2012), doi:10.1038/ncomms1631",
    "ma-2005": "X. Ma et al., Phys. Rev. A 72, 012326 (2005), doi:10.1103/PhysRevA.72.012326",
    "chernoff": "H.-L. Yin et al., Sci. Rep. 10, 14312 (2020), doi:10.1038/s41598-020-71107-6",
    "hoeffding": "W. Hoeffding, J. Am. Stat. Assoc. 58, 13 (1963), doi:10.1080/01621459.1963.10500830",
    "azuma": "K. Azuma, Tohoku Math. J. 19, 357 (1967), doi:10.2748/tmj/1178243286",
    "one-way limit": "M. Tomamichel et al., Quantum Inf. Process. 16, 280 (2017), doi:10.1007/s11128-017-1709-5",
    "authentication": "M. Wegman, L. Carter, J. Comput. Syst. Sci. 22, 265 (1981), doi:10.1016/0022-0000(81)90033-7",
    "double clicks": "N. Luetkenhaus, Phys. Rev. A 59, 3301 (1999), doi:10.1103/PhysRevA.59.3301",
}


def citations(security: Security, source: Source) -> tuple[tuple[str, str], ...]:
    """Label and reference of everything that this security and source rest on, the proof first."""
    labels = [security.proof, "one-way limit", "authentication", "double clicks"]
    if security.proof != "ma-2005":
        labels.insert(1, security.bound)
    return tuple((label, REFERENCES[label]) for label in labels)
