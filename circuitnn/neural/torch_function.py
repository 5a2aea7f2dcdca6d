"""Arrays as torch layers: circuits in the forward pass, their adjoint backward. Needs the extra ``torch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.neural.mapped_network import MappedLayer

try:
    import torch
except ImportError as missing:
    raise AnalysisError("torch is not installed: pip install 'circuitnn[torch]'") from missing

if TYPE_CHECKING:
    Module = Any
    Function = Any
else:
    Module, Function = torch.nn.Module, torch.autograd.Function


class Solved(Function):
    """The autograd function: outputs of a layer on arrays for inputs and parameters."""

    @staticmethod
    def forward(ctx: Any, layer: MappedLayer, x: Any, weights: Any, bias: Any, gain: Any) -> Any:
        """Write the parameters and solve the circuits."""
        layer.weights[...], layer.bias[...], layer.gain[...] = (_array(p) for p in (weights, bias, gain))
        layer.changed()
        ctx.layer, ctx.like = layer, (x, weights, bias, gain)
        flat = x.reshape(-1, x.shape[-1])
        outputs = layer.forward(_array(flat))
        ctx.kept = layer.kept()
        return torch.as_tensor(outputs, dtype=x.dtype, device=x.device).reshape(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *by_output: Any) -> Any:
        """Solve the adjoint of the circuits that `forward` solved."""
        (by,) = by_output
        ctx.layer.restore(ctx.kept)
        gradients, by_input = ctx.layer.backward(_array(by.reshape(-1, by.shape[-1])))
        derivatives = (
            by_input.reshape((*by.shape[:-1], -1)),
            gradients["weights"],
            gradients["bias"],
            gradients["gain"],
        )
        return (
            None,
            *(
                torch.as_tensor(g, dtype=p.dtype, device=p.device)
                for g, p in zip(derivatives, ctx.like, strict=True)
            ),
        )


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy(), dtype=float)


class CircuitLayer(Module):
    """A layer on arrays as a torch module, for use with torch's optimisers and other modules.

    Parameters
    ----------
    layer : MappedLayer
        A calibrated layer, such as one of a `MappedNetwork`; its activation is applied.

    Attributes
    ----------
    weights, bias, gain : torch.nn.Parameter
        In double precision; their magnitudes differ widely: ``layer.largest``, 1, and the gain's own in 1/A. Weights
        beyond ±``layer.largest`` are clipped.
    """

    def __init__(self, layer: MappedLayer) -> None:
        super().__init__()
        self.layer = layer
        for name in ("weights", "bias", "gain"):
            value = torch.tensor(getattr(layer, name), dtype=torch.float64)
            setattr(self, name, torch.nn.Parameter(value))

    def forward(self, x: Any) -> Any:
        """Solve the circuits for a batch.

        Parameters
        ----------
        x : torch.Tensor, shape (…, inputs)

        Returns
        -------
        torch.Tensor, shape (…, outputs)
        """
        return Solved.apply(self.layer, x, self.weights, self.bias, self.gain)
