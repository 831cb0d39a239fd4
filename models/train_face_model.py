#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
"""Train the default face model: a small image-conditioned latent diffusion UNet.

Layout. Stable Diffusion 1.x key names (model.diffusion_model.*), InstructPix2Pix input: the UNet sees
concat(x / sqrt(sigma^2 + 1), c), x the noisy latent [N,32,h,w] and c the latent of the crop as it is [N,32,h,w].
Prediction "residual": the picture differs from c by a residual of standard deviation r, so (Karras et al. 2022,
preconditioning, with c as the mean)
    denoised = c + r^2/(sigma^2 + r^2) * (x - c) + sigma*r/sqrt(sigma^2 + r^2) * UNet(...)
An untrained network therefore returns c, and training spends itself on detail. Noise levels are those of SD 1.x.
The latent space is TAEF2 (MIT; 32 channels, 8x downscale, latents used unscaled). There is no text encoder: the
cross-attention context is one learned token, stored as `burin.null_context` [1,1,context_dim].

    train_face_model.py cache  --faces DIR --vae DIR --out cache.pt      # crops, degradations, latents
    train_face_model.py train  --cache cache.pt --out model.safetensors --minutes 60 [--resume ckpt.pt]
    train_face_model.py sample --model model.safetensors --vae DIR --image IN --out OUT.png
"""
import argparse, io, json, math, random, time
from pathlib import Path
import numpy as np, torch
import torch.nn as nn, torch.nn.functional as F
from PIL import Image, ImageFilter

# ---------------------------------------------------------------------------------------------- TAEF2
def conv(i, o, **kw): return nn.Conv2d(i, o, 3, padding=1, **kw)

class TaeBlock(nn.Module):
    def __init__(self, c, gn=False):
        super().__init__()
        self.conv = nn.Sequential(conv(c, c), nn.ReLU(), conv(c, c), nn.ReLU(), conv(c, c))
        self.pool = nn.Sequential(nn.Conv2d(c, c * 4, 1, bias=False), nn.GroupNorm(4, c * 4), nn.ReLU(),
                                  nn.Conv2d(c * 4, c, 1, bias=False)) if gn else None
    def forward(self, x):
        if self.pool is not None: x = x + self.pool(x)
        return F.relu(self.conv(x) + x)

class TaeClamp(nn.Module):
    def forward(self, x): return torch.tanh(x / 3) * 3

def tae_encoder(z=32):
    down = lambda: conv(64, 64, stride=2, bias=False)
    return nn.Sequential(conv(3, 64), TaeBlock(64), down(), *[TaeBlock(64) for _ in range(3)], down(),
                         *[TaeBlock(64) for _ in range(3)], down(), *[TaeBlock(64, True) for _ in range(3)], conv(64, z))

def tae_decoder(z=32):
    up = lambda: (nn.Upsample(scale_factor=2), conv(64, 64, bias=False))
    return nn.Sequential(TaeClamp(), conv(z, 64), nn.ReLU(), *[TaeBlock(64, True) for _ in range(3)], *up(),
                         *[TaeBlock(64) for _ in range(3)], *up(), *[TaeBlock(64) for _ in range(3)], *up(),
                         TaeBlock(64), conv(64, 3))

def load_vae(folder):
    enc, dec = tae_encoder(), tae_decoder()
    enc.load_state_dict(torch.load(Path(folder) / "taef2_encoder.pth", weights_only=True))
    dec.load_state_dict(torch.load(Path(folder) / "taef2_decoder.pth", weights_only=True))
    return enc.eval().requires_grad_(False), dec.eval().requires_grad_(False)

# ------------------------------------------------------------------------------------- SD-layout UNet
def timestep_embedding(t, dim):
    freqs = torch.exp(-math.log(10000) * torch.arange(dim // 2, device=t.device) / (dim // 2))
    a = t.float()[:, None] * freqs[None]
    return torch.cat([a.cos(), a.sin()], 1)

class ResBlock(nn.Module):
    def __init__(self, i, o, e):
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(32, i), nn.SiLU(), conv(i, o))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(e, o))
        self.out_layers = nn.Sequential(nn.GroupNorm(32, o), nn.SiLU(), nn.Dropout(0), conv(o, o))
        nn.init.zeros_(self.out_layers[3].weight); nn.init.zeros_(self.out_layers[3].bias)
        self.skip_connection = nn.Conv2d(i, o, 1) if i != o else nn.Identity()
    def forward(self, x, emb, ctx):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None].to(x.dtype)
        return self.skip_connection(x) + self.out_layers(h)

class Attention(nn.Module):
    def __init__(self, c, ctx, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(c, c, bias=False); self.to_k = nn.Linear(ctx, c, bias=False)
        self.to_v = nn.Linear(ctx, c, bias=False); self.to_out = nn.Sequential(nn.Linear(c, c), nn.Dropout(0))
    def forward(self, x, ctx):
        b, n, c = x.shape
        s = lambda t: t.view(b, -1, self.heads, c // self.heads).transpose(1, 2)
        o = F.scaled_dot_product_attention(s(self.to_q(x)), s(self.to_k(ctx)), s(self.to_v(ctx)))
        return self.to_out(o.transpose(1, 2).reshape(b, n, c))

class GEGLU(nn.Module):
    def __init__(self, i, o): super().__init__(); self.proj = nn.Linear(i, o * 2)
    def forward(self, x): a, g = self.proj(x).chunk(2, -1); return a * F.gelu(g)

class FeedForward(nn.Module):
    def __init__(self, c): super().__init__(); self.net = nn.Sequential(GEGLU(c, c * 4), nn.Dropout(0), nn.Linear(c * 4, c))
    def forward(self, x): return self.net(x)

class TransformerBlock(nn.Module):
    def __init__(self, c, ctx, heads):
        super().__init__()
        self.attn1, self.attn2, self.ff = Attention(c, c, heads), Attention(c, ctx, heads), FeedForward(c)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(c), nn.LayerNorm(c), nn.LayerNorm(c)
    def forward(self, x, ctx):
        n = self.norm1(x); x = self.attn1(n, n) + x
        x = self.attn2(self.norm2(x), ctx) + x
        return self.ff(self.norm3(x)) + x

class SpatialTransformer(nn.Module):
    def __init__(self, c, ctx, heads):
        super().__init__()
        self.norm = nn.GroupNorm(32, c, eps=1e-6); self.proj_in = nn.Conv2d(c, c, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(c, ctx, heads)])
        self.proj_out = nn.Conv2d(c, c, 1); nn.init.zeros_(self.proj_out.weight); nn.init.zeros_(self.proj_out.bias)
    def forward(self, x, emb, ctx):
        b, c, h, w = x.shape
        y = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
        for blk in self.transformer_blocks: y = blk(y, ctx)
        return x + self.proj_out(y.transpose(1, 2).reshape(b, c, h, w))

class Downsample(nn.Module):
    def __init__(self, c): super().__init__(); self.op = conv(c, c, stride=2)
    def forward(self, x, emb, ctx): return self.op(x)
class Upsample(nn.Module):
    def __init__(self, c): super().__init__(); self.conv = conv(c, c)
    def forward(self, x, emb, ctx): return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))
class ConvIn(nn.Conv2d):
    def forward(self, x, emb, ctx): return super().forward(x)

class UNet(nn.Module):
    def __init__(self, in_channels=64, out_channels=32, model_channels=96, channel_mult=(1, 2, 2), num_res_blocks=2,
                 attention_levels=(1, 2), num_head_channels=32, context_dim=64):
        super().__init__()
        mc, e = model_channels, model_channels * 4
        self.model_channels = mc
        self.time_embed = nn.Sequential(nn.Linear(mc, e), nn.SiLU(), nn.Linear(e, e))
        st = lambda c: SpatialTransformer(c, context_dim, c // num_head_channels)
        self.input_blocks = nn.ModuleList([nn.ModuleList([ConvIn(in_channels, mc, 3, padding=1)])])
        chans, ch = [mc], mc
        for lvl, m in enumerate(channel_mult):
            for _ in range(num_res_blocks):
                blk = [ResBlock(ch, m * mc, e)]; ch = m * mc
                if lvl in attention_levels: blk.append(st(ch))
                self.input_blocks.append(nn.ModuleList(blk)); chans.append(ch)
            if lvl != len(channel_mult) - 1:
                self.input_blocks.append(nn.ModuleList([Downsample(ch)])); chans.append(ch)
        self.middle_block = nn.ModuleList([ResBlock(ch, ch, e), st(ch), ResBlock(ch, ch, e)])
        self.output_blocks = nn.ModuleList()
        for lvl, m in reversed(list(enumerate(channel_mult))):
            for i in range(num_res_blocks + 1):
                blk = [ResBlock(ch + chans.pop(), m * mc, e)]; ch = m * mc
                if lvl in attention_levels: blk.append(st(ch))
                if lvl and i == num_res_blocks: blk.append(Upsample(ch))
                self.output_blocks.append(nn.ModuleList(blk))
        self.out = nn.Sequential(nn.GroupNorm(32, ch), nn.SiLU(), conv(ch, out_channels))
        nn.init.zeros_(self.out[2].weight); nn.init.zeros_(self.out[2].bias)
    def forward(self, x, t, ctx):
        emb = self.time_embed(timestep_embedding(t, self.model_channels))
        ctx, skips = ctx.expand(x.shape[0], -1, -1), []
        for blk in self.input_blocks:
            for m in blk: x = m(x, emb, ctx)
            skips.append(x)
        for m in self.middle_block: x = m(x, emb, ctx)
        for blk in self.output_blocks:
            x = torch.cat([x, skips.pop()], 1)
            for m in blk: x = m(x, emb, ctx)
        return self.out(x)

def sigmas():
    """The 1000 noise levels of Stable Diffusion 1.x, 0.029 to 14.6."""
    beta = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, dtype=torch.float64) ** 2; A = (1 - beta).cumprod(0)
    return ((1 - A) / A).sqrt().float()

def precondition(s, r): return r * r / (s * s + r * r), s * r / (s * s + r * r) ** .5

# ------------------------------------------------------------------------------------------ data
SIZE = 256
def random_crop(im, rng):
    """A SIZE-pixel crop at a random scale, rotation and colour; portraits are centred on the face."""
    w, h = im.size
    if rng.random() < .5: im = im.transpose(Image.FLIP_LEFT_RIGHT)
    im = im.rotate(rng.gauss(0, 7), Image.BICUBIC)
    side = rng.uniform(.45, .92) * min(w, h)
    cx = w / 2 + rng.gauss(0, .06) * w; cy = h * .45 + rng.gauss(0, .06) * h
    x = min(max(cx - side / 2, .03 * w), .97 * w - side); y = min(max(cy - side / 2, .03 * h), .97 * h - side)
    im = im.resize((SIZE, SIZE), Image.LANCZOS, box=(x, y, x + side, y + side))
    a = np.asarray(im, np.float32) / 255
    a = np.clip(a, 0, 1) ** rng.uniform(.75, 1.35) * (1 + rng.gauss(0, .06))
    a = a * (1 + np.array([rng.gauss(0, .04) for _ in range(3)], np.float32))
    if rng.random() < .06: a = np.repeat(a.mean(2, keepdims=True), 3, 2)
    return Image.fromarray((np.clip(a, 0, 1) * 255).astype(np.uint8))

def degrade(im, rng):
    """Blur, shrink, add noise, JPEG, and enlarge again: what a small or badly compressed face looks like."""
    if rng.random() < .6: im = im.filter(ImageFilter.GaussianBlur(rng.uniform(.2, 3.0)))
    s = max(20, int(SIZE / math.exp(rng.uniform(math.log(1.2), math.log(9)))))
    im = im.resize((s, s), rng.choice([Image.BILINEAR, Image.BICUBIC, Image.BOX, Image.LANCZOS]))
    if rng.random() < .5:
        a = np.asarray(im, np.float32); sd = rng.uniform(1, 12)
        g = np.random.default_rng(rng.randrange(2**31)).normal(0, sd, a.shape if rng.random() < .6 else a.shape[:2] + (1,))
        im = Image.fromarray(np.clip(a + g, 0, 255).astype(np.uint8))
    if rng.random() < .6:
        buf = io.BytesIO(); im.save(buf, "JPEG", quality=rng.randint(30, 92)); im = Image.open(buf).convert("RGB")
    return im.resize((SIZE, SIZE), rng.choice([Image.BICUBIC, Image.LANCZOS, Image.BILINEAR]))

def to_tensor(im): return torch.from_numpy(np.asarray(im).copy()).permute(2, 0, 1)

class Crops(torch.utils.data.Dataset):
    """uint8 [1 + degradations, 3, SIZE, SIZE]: a crop and its degraded forms; item k is always the same."""
    def __init__(self, files, crops, degradations, seed):
        self.jobs, self.degradations, self.seed = [f for _ in range(crops) for f in files], degradations, seed
        random.Random(1).shuffle(self.jobs)
    def __len__(self): return len(self.jobs)
    def __getitem__(self, k):
        rng = random.Random(f"{self.seed}/{k}"); im = random_crop(Image.open(self.jobs[k]).convert("RGB"), rng)
        return torch.stack([to_tensor(im)] + [to_tensor(degrade(im, rng)) for _ in range(self.degradations)])

@torch.no_grad()
def cmd_cache(a):
    dev = torch.device(a.device); enc, _ = load_vae(a.vae); enc = enc.to(dev, memory_format=torch.channels_last)
    data = Crops(sorted(Path(a.faces).glob("*.jpg")), a.crops, a.degradations, a.seed); t0, clean, degraded = time.time(), [], []
    for n, x in enumerate(torch.utils.data.DataLoader(data, batch_size=a.batch, num_workers=a.workers)):
        b, k = x.shape[:2]
        with torch.autocast(dev.type, torch.bfloat16):
            z = enc((x.flatten(0, 1).to(dev).float() / 255).contiguous(memory_format=torch.channels_last)).half().cpu().unflatten(0, (b, k))
        clean.append(z[:, 0]); degraded.append(z[:, 1:])
        if n % 50 == 0: print(f"cache {n * a.batch}/{len(data)} {time.time()-t0:.0f}s", flush=True)
        if time.time() - t0 > a.minutes * 60: break
    torch.save({"clean": torch.cat(clean), "degraded": torch.cat(degraded)}, a.out)

def cmd_train(a):
    dev = torch.device(a.device); torch.manual_seed(0)
    data = torch.load(a.cache, weights_only=True)
    clean, degraded = data["clean"].to(dev), data["degraded"].to(dev)
    held = min(64, len(clean) // 10)
    cfg = dict(model_channels=a.channels, channel_mult=a.mult, num_res_blocks=a.res_blocks, attention_levels=a.attn,
               in_channels=64, out_channels=32, num_head_channels=32, context_dim=64)
    net = UNet(**cfg).to(dev, memory_format=torch.channels_last)
    ctx = nn.Parameter(torch.randn(1, 1, 64, device=dev) * .02)
    params = list(net.parameters()) + [ctx]
    opt = torch.optim.AdamW(params, lr=a.lr, weight_decay=1e-3, betas=(.9, .99))
    ema, step, spent = [p.detach().clone() for p in params], 0, 0.0
    if a.resume and Path(a.resume).exists():
        st = torch.load(a.resume, weights_only=True, map_location=dev)
        net.load_state_dict(st["net"]); ctx.data.copy_(st["ctx"]); opt.load_state_dict(st["opt"])
        ema, step, spent = st["ema"], st["step"], st["spent"]; torch.manual_seed(step)
    run = torch.compile(net) if a.compile else net
    print(f"{sum(p.numel() for p in params)/1e6:.1f} M parameters, {len(clean)} crops, from step {step}", flush=True)
    sig = sigmas().to(dev); cfg_r = round(float((clean[:, None].float() - degraded.float()).std()), 4); print("residual_std", cfg_r, flush=True); budget = a.minutes * 60; t0, saved, losses = time.time(), time.time(), []
    def loss_of(i, j, t, noise):
        x0, c = clean[i].float(), degraded[i, j].float()
        s = sig[t][:, None, None, None]; x = x0 + s * noise; skip, scale = precondition(s, cfg_r)
        with torch.autocast(dev.type, torch.bfloat16):
            out = run(torch.cat([x / (s ** 2 + 1).sqrt(), c], 1).contiguous(memory_format=torch.channels_last), t, ctx)
        return F.mse_loss(out.float(), (x0 - c - skip * (x - c)) / scale)
    def save():
        torch.save({"net": net.state_dict(), "ctx": ctx.data, "opt": opt.state_dict(), "ema": ema, "step": step,
                    "spent": spent + time.time() - t0}, a.out + ".ckpt")
        live = [p.detach().clone() for p in params]
        for p, e in zip(params, ema): p.data.copy_(e)
        with torch.no_grad():
            g = torch.Generator(device=dev).manual_seed(7); i = torch.arange(held, device=dev)
            val = float(np.mean([loss_of(i[k:k + a.batch], 0, torch.full((a.batch,), t, device=dev), torch.randn(a.batch, *clean.shape[1:], generator=g, device=dev)).item()
                                 for t in (20, 100, 250, 400, 600) for k in range(0, held - held % a.batch, a.batch)]))
        export(net, ctx, cfg, cfg_r, a.vae, a.out)
        for p, l in zip(params, live): p.data.copy_(l)
        print(f"step {step} {time.time()-t0:.0f}s loss {np.mean(losses[-200:]):.4f} val {val:.4f}", flush=True)
    while time.time() - t0 < budget:
        frac = min(1, (time.time() - t0) / budget); lr = a.lr * min(1, (step + 1) / 300) * (.5 + .5 * math.cos(math.pi * frac)) + 1e-6
        for g in opt.param_groups: g["lr"] = lr
        i = torch.randint(held, len(clean), (a.batch,), device=dev); j = torch.randint(degraded.shape[1], (a.batch,), device=dev)
        s = torch.exp(torch.randn(a.batch, device=dev) * 1.2 - .5)                # log-normal noise levels, as Karras et al.
        t = (sig.log()[None] - s.log()[:, None]).abs().argmin(1)
        loss = loss_of(i, j, t, torch.randn(a.batch, *clean.shape[1:], device=dev))
        opt.zero_grad(set_to_none=True); loss.backward(); nn.utils.clip_grad_norm_(params, 1.0); opt.step(); step += 1
        d = min(.9995, (1 + step) / (10 + step)); torch._foreach_lerp_(ema, [p.data for p in params], 1 - d)
        losses.append(loss.item())
        if step % 20 == 0 and step <= 100 or step % 500 == 0: print(f"step {step} {time.time()-t0:.0f}s loss {np.mean(losses[-200:]):.4f}", flush=True)
        if time.time() - saved > 300: save(); saved = time.time()
    save()

def export(net, ctx, cfg, residual_std, vae, out):
    from safetensors.torch import save_file
    sd = {"model.diffusion_model." + k: v.detach().half().cpu().contiguous() for k, v in net.state_dict().items()}
    sd["burin.null_context"] = ctx.detach().half().cpu().contiguous()
    for part in ("encoder", "decoder"):
        for k, v in torch.load(Path(vae) / f"taef2_{part}.pth", weights_only=True).items(): sd[f"first_stage_model.taesd_{part}.{k}"] = v.half().contiguous()
    meta = {"burin.family": "sd1-image-conditioned", "burin.prediction": "residual", "burin.residual_std": str(residual_std), "burin.latent_channels": "32", "burin.latent_scale": "1.0",
            "burin.autoencoder": "taesd (taef2: 32 channels, 8x, pooled mid blocks)", "burin.unet": json.dumps(cfg),
            "burin.recommended": json.dumps(dict(guide_size=256, guide_size_for="crop_region", max_size=512, crop_factor=1.5,
                                                 steps=16, cfg=1.0, denoise=0.55, sampler="dpmpp_2m", scheduler="karras")),
            "license": "Apache-2.0; autoencoder MIT (c) 2023 Ollin Boer Bohan"}
    save_file(sd, out, metadata=meta)

@torch.no_grad()
def cmd_sample(a):
    from safetensors import safe_open
    f = safe_open(a.model, "pt"); cfg = json.loads(f.metadata()["burin.unet"]); net = UNet(**cfg)
    net.load_state_dict({k[22:]: f.get_tensor(k).float() for k in f.keys() if k.startswith("model.diffusion_model.")})
    ctx = f.get_tensor("burin.null_context").float(); enc, dec = load_vae(a.vae); net.eval()
    im = Image.open(a.image).convert("RGB"); w, h = [max(64, v // 8 * 8) for v in im.size]; im = im.resize((w, h), Image.LANCZOS)
    c = enc(to_tensor(im)[None].float() / 255); sig = sigmas(); r = float(f.metadata()["burin.residual_std"])
    n = int(a.steps / a.denoise); ramp = torch.linspace(0, 1, n)
    s = torch.cat([(sig[-1] ** (1 / 7) + ramp * (sig[0] ** (1 / 7) - sig[-1] ** (1 / 7))) ** 7, torch.zeros(1)])[-(a.steps + 1):]
    torch.manual_seed(a.seed); x = c + torch.randn_like(c) * s[0]; old = None
    for i in range(a.steps):                                                    # DPM-Solver++(2M)
        t = (sig.log() - s[i].log()).abs().argmin()[None]
        skip, scale = precondition(s[i], r); den = c + skip * (x - c) + scale * net(torch.cat([x / (s[i] ** 2 + 1).sqrt(), c], 1), t, ctx)
        if s[i + 1] == 0: x = den; break
        ti, tn = -s[i].log(), -s[i + 1].log(); hh = tn - ti; d = den
        if old is not None: q = (ti - last) / hh; d = (1 + 1 / (2 * q)) * den - 1 / (2 * q) * old
        x = s[i + 1] / s[i] * x - torch.expm1(-hh) * d; old, last = den, ti
    y = dec(x).clamp(0, 1)[0]
    both = torch.cat([to_tensor(im).float() / 255, y], 2).permute(1, 2, 0)
    Image.fromarray((both * 255).round().byte().numpy()).save(a.out)

if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter); sub = p.add_subparsers(required=True)
    ints = lambda s: tuple(int(v) for v in s.split(","))
    dev = "cuda" if torch.cuda.is_available() else "cpu"
    c = sub.add_parser("cache"); c.set_defaults(fn=cmd_cache); c.add_argument("--faces", required=True); c.add_argument("--vae", required=True); c.add_argument("--out", required=True)
    c.add_argument("--crops", type=int, default=6); c.add_argument("--degradations", type=int, default=2); c.add_argument("--seed", type=int, default=0); c.add_argument("--minutes", type=float, default=60); c.add_argument("--batch", type=int, default=8); c.add_argument("--workers", type=int, default=2); c.add_argument("--device", default=dev)
    t = sub.add_parser("train"); t.set_defaults(fn=cmd_train); t.add_argument("--cache", required=True); t.add_argument("--vae", required=True); t.add_argument("--out", required=True); t.add_argument("--minutes", type=float, default=60)
    t.add_argument("--resume"); t.add_argument("--batch", type=int, default=16); t.add_argument("--lr", type=float, default=6e-4); t.add_argument("--channels", type=int, default=96); t.add_argument("--mult", type=ints, default=(1, 2, 2))
    t.add_argument("--compile", action="store_true"); t.add_argument("--res-blocks", type=int, default=2); t.add_argument("--attn", type=ints, default=(1, 2)); t.add_argument("--device", default=dev)
    s = sub.add_parser("sample"); s.set_defaults(fn=cmd_sample); s.add_argument("--model", required=True); s.add_argument("--vae", required=True); s.add_argument("--image", required=True); s.add_argument("--out", required=True)
    s.add_argument("--steps", type=int, default=20); s.add_argument("--denoise", type=float, default=.5); s.add_argument("--seed", type=int, default=0)
    a = p.parse_args(); a.fn(a)
