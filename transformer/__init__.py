"""Change Kubernetes manifests in git, safely, at scale."""

__version__ = "0.1.0"
