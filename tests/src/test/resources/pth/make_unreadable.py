# Written by PyTorch 1.13: tensors that only PyTorch reads beside one that everybody does, and a program of TorchScript.
# PyTorch 2 says of a tensor that is yet to be negated that it is; 1.13 would forget it, so that negated.pth says it by hand.
import pickle
import zipfile
import torch

bias = torch.tensor([1.0, 2.0])
number = torch.tensor([1 + 2j])
torch.save({'fc.bias': bias, 'x': number}, 'complex.pth')
torch.save({'x': number, 'fc.bias': bias}, 'complex_legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'x': number}, 'complex_only.pth')
torch.jit.script(torch.nn.Linear(2, 1)).save('script.pth')


class Negated:
    def __reduce__(self):
        _, arguments = bias.__reduce_ex__(2)
        return torch._utils._rebuild_tensor_v2, tuple(arguments)[:6] + ({'neg': True},)


torch.save({'fc.bias': bias, 'y': Negated()}, 'negated.pth')
