#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
"""Makes the networks and the expected numbers in this folder.

Needs numpy, onnx, onnxruntime, torch, torchvision and ultralytics (8.4.190 made what is here). The
networks are small, with weights from a fixed seed, in the layouts of real exports; what they answer
goes through the letterbox, the suppression of overlaps and the mask processing of ultralytics.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from ultralytics.data.augment import LetterBox
from ultralytics.utils import nms, ops

os.chdir(os.path.dirname(os.path.abspath(__file__)))
HEIGHT, WIDTH, STRIDE, CLASSES, COEFFICIENTS = 64, 96, 8, 3, 4
GRID = (HEIGHT // STRIDE, WIDTH // STRIDE)
CELLS = GRID[0] * GRID[1]


def picture(height, width):
    """What tests make too: a ramp under noise, which no two places have alike; uint8 RGB."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3].astype(np.uint32)
    noise = (x * 73856093 ^ y * 19349663 ^ c * 83492791) * np.uint32(2654435761)
    return (((x * 3 + y * 2 + c * 50) % 192) + (noise >> 26)).astype(np.uint8)


def network(form, seed, masks=False, task="detect", classes=CLASSES):
    rng = np.random.default_rng(seed)
    coefficients = COEFFICIENTS if masks else 0
    objectness = form == "objectness"
    fields = 4 + objectness + classes + coefficients
    weights = {
        "w": rng.normal(0, 0.06 if objectness else 0.15, (fields, 3, STRIDE, STRIDE)).astype(np.float32),
        "b": np.concatenate([np.zeros(4), np.full(fields - 4, 0.8 if objectness else -0.5)]).astype(np.float32),
        "flat": np.array([1, fields, CELLS], np.int64),
    }
    nodes = [helper.make_node("Conv", ["images", "w", "b"], ["raw"], "head", strides=[8, 8],
                              kernel_shape=[8, 8]),
             helper.make_node("Reshape", ["raw", "flat"], ["cells"]),
             helper.make_node("Split", ["cells", "parts"], ["at", "size", "score", "mask"][:3 + masks],
                              axis=1)]
    scores = objectness + classes
    weights["parts"] = np.array([2, 2, scores] + [coefficients] * masks, np.int64)
    gy, gx = np.mgrid[0:GRID[0], 0:GRID[1]]
    weights["centre"] = (np.stack([gx, gy]).reshape(1, 2, CELLS) * 8 + 4).astype(np.float32)
    # Cells in the grey border see the same: without this their scores tie, and ties have no order.
    weights["tilt"] = rng.uniform(0, 0.4, (1, 1, CELLS)).astype(np.float32)
    weights["eight"] = np.array(8, np.float32)
    weights["thirty"] = np.array(30, np.float32)
    nodes += [helper.make_node("Mul", ["at", "eight"], ["offset"]),
              helper.make_node("Add", ["offset", "centre"], ["xy"]),
              helper.make_node("Sigmoid", ["size"], ["share"]),
              helper.make_node("Mul", ["share", "thirty"], ["wh"]),
              helper.make_node("Add", ["score", "tilt"], ["tilted"]),
              helper.make_node("Sigmoid", ["tilted"], ["scores"]),
              helper.make_node("Concat", ["xy", "wh", "scores"] + ["mask"] * masks, ["answer"],
                               axis=1)]
    boxes = "answer"
    shape = [1, fields, CELLS]
    if objectness:
        nodes.append(helper.make_node("Transpose", ["answer"], ["turned"], perm=[0, 2, 1]))
        boxes, shape = "turned", [1, CELLS, fields]
    if form == "finished":
        weights["half"] = np.array(0.5, np.float32)
        weights["fifty"] = np.array([50], np.int64)
        weights["last"] = np.array([2], np.int64)
        nodes += [helper.make_node("Mul", ["wh", "half"], ["radius"]),
                  helper.make_node("Sub", ["xy", "radius"], ["low"]),
                  helper.make_node("Add", ["xy", "radius"], ["high"]),
                  helper.make_node("ReduceMax", ["scores"], ["best"], axes=[1], keepdims=1),
                  helper.make_node("Squeeze", ["best", "one"], ["flat_best"]),
                  helper.make_node("TopK", ["flat_best", "fifty"], ["top", "where"], axis=-1),
                  helper.make_node("Concat", ["low", "high"], ["corners"], axis=1),
                  helper.make_node("Transpose", ["corners"], ["rows"], perm=[0, 2, 1]),
                  helper.make_node("Unsqueeze", ["where", "last"], ["index"]),
                  helper.make_node("Tile", ["index", "four"], ["indices"]),
                  helper.make_node("GatherElements", ["rows", "indices"], ["chosen"], axis=1),
                  helper.make_node("Unsqueeze", ["top", "last"], ["scored"]),
                  helper.make_node("Cast", ["index"], ["number"], to=1),
                  helper.make_node("Mod", ["number", "two"], ["label"], fmod=1),
                  helper.make_node("Concat", ["chosen", "scored", "label"], ["answers"], axis=2)]
        weights["one"] = np.array([1], np.int64)
        weights["two"] = np.array(2, np.float32)
        weights["four"] = np.array([1, 1, 4], np.int64)
        boxes, shape = "answers", [1, 50, 6]
    outputs = [helper.make_tensor_value_info(boxes, TensorProto.FLOAT, shape)]
    if masks:
        weights["pw"] = rng.normal(0, 0.4, (COEFFICIENTS, 3, 4, 4)).astype(np.float32)
        nodes.append(helper.make_node("Conv", ["images", "pw"], ["protos"], "protos", strides=[4, 4],
                                      kernel_shape=[4, 4]))
        outputs.append(helper.make_tensor_value_info("protos", TensorProto.FLOAT,
                                                     [1, COEFFICIENTS, HEIGHT // 4, WIDTH // 4]))
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("images", TensorProto.FLOAT,
                                                      [1, 3, HEIGHT, WIDTH])],
        outputs, [numpy_helper.from_array(v, k) for k, v in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    names = {0: "face", 1: "dog's head", 2: 'a "quoted" name'}
    helper.set_model_props(model, {"task": task, "names": str({k: names[k] for k in range(classes)}),
                                   "imgsz": f"[{HEIGHT}, {WIDTH}]", "stride": "32"})
    return model


def answers(model, image, form, threshold, iou, masks):
    """Rows of x1 y1 x2 y2 score class in pixels of the picture, and masks of the picture's size."""
    boxed = LetterBox((HEIGHT, WIDTH), auto=False)(image=image)
    tensor = torch.from_numpy(np.ascontiguousarray(boxed.transpose(2, 0, 1)))[None].float() / 255
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    out = [torch.from_numpy(o) for o in session.run(None, {"images": tensor.numpy()})]
    prediction = out[0]
    if form == "objectness":  # the scores of such networks are the classes' times the objectness
        keep = prediction[..., 4:5] > threshold
        prediction = torch.cat([prediction[..., :4], prediction[..., 5:5 + CLASSES] *
                                prediction[..., 4:5] * keep, prediction[..., 5 + CLASSES:]], -1)
        prediction = prediction.transpose(1, 2)
    found = nms.non_max_suppression(prediction, threshold, iou, nc=CLASSES,
                                    end2end=form == "finished", max_time_img=60)[0]
    full = np.zeros((len(found), *image.shape[:2]), np.float32)
    if masks and len(found):
        small = ops.process_mask(out[1][0], found[:, 6:], found[:, :4], (HEIGHT, WIDTH), upsample=True)
        height, width = image.shape[:2]
        gain = min(HEIGHT / height, WIDTH / width)
        h, w = round(height * gain), round(width * gain)
        top, left = round((HEIGHT - h) / 2 - 0.1), round((WIDTH - w) / 2 - 0.1)
        part = small[:, top:top + h, left:left + w].float()
        full = torch.nn.functional.interpolate(part[None], (height, width), mode="bilinear")[0].numpy()
        keep = small.amax((-2, -1)) > 0
        found, full = found[keep], full[keep.numpy()]
    found[:, :4] = ops.scale_boxes((HEIGHT, WIDTH), found[:, :4], image.shape)
    return boxed, found[:, :6].numpy(), full


def operators():
    """Operators as exports use them, on one input, with onnxruntime's answer behind each other."""
    rng = np.random.default_rng(5)
    def real(*shape):
        return rng.normal(0, 1, shape).astype(np.float32)
    w = {"dw": real(4, 1, 3, 3), "tw": real(4, 3, 2, 2), "tb": real(3), "gw": real(4, 2, 3, 3),
         "inputs": real(4, 3, 1, 1), "row": real(1, 1, 1, 8), "scales": np.array([1, 1, 2, 2], np.float32),
         "starts": np.array([-1, 1], np.int64), "ends": np.array([-9, 6], np.int64),
         "axes": np.array([2, 3], np.int64), "steps": np.array([-2, 2], np.int64),
         "flat": np.array([0, -1, 8], np.int64), "pick": np.array([1, -1, 0], np.int64),
         "thirds": np.array([1, 2, 1], np.int64), "two": np.array(2, np.float32)}
    n = helper.make_node
    nodes = [n("Conv", ["images", "inputs"], ["x"], kernel_shape=[1, 1]),
             n("Conv", ["x", "dw"], ["depth"], group=4, pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
             n("Conv", ["x", "gw"], ["groups"], group=2, strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1],
               kernel_shape=[3, 3]),
             n("ConvTranspose", ["x", "tw", "tb"], ["larger"], strides=[2, 2], kernel_shape=[2, 2]),
             n("MaxPool", ["x"], ["pooled"], kernel_shape=[5, 5], strides=[1, 1], pads=[2, 2, 2, 2]),
             n("Resize", ["x", "", "scales"], ["doubled"], mode="nearest",
               coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
             n("Slice", ["x", "starts", "ends", "axes", "steps"], ["sliced"]),
             n("Reshape", ["x", "flat"], ["rows"]),
             n("Transpose", ["rows"], ["columns"], perm=[0, 2, 1]),
             n("MatMul", ["columns", "rows"], ["product"]),
             n("Softmax", ["product"], ["soft"], axis=1),
             n("Split", ["x", "thirds"], ["s0", "s1", "s2"], axis=1),
             n("Concat", ["s2", "s0"], ["swapped"], axis=1),
             n("Gather", ["x", "pick"], ["picked"], axis=1),
             n("Sub", ["row", "x"], ["less"]), n("Div", ["x", "two"], ["half"]),
             n("Pow", ["x", "two"], ["square"]), n("LeakyRelu", ["x"], ["leaky"], alpha=0.1),
             n("Exp", ["x"], ["exp"])]
    outputs = ["depth", "groups", "larger", "pooled", "doubled", "sliced", "columns", "product", "soft",
               "s1", "swapped", "picked", "less", "half", "square", "leaky", "exp"]
    graph = helper.make_graph(nodes, "operators", [helper.make_tensor_value_info(
        "images", TensorProto.FLOAT, [1, 3, 6, 8])],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
        [numpy_helper.from_array(v, k) for k, v in w.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, "operators.onnx")
    image = (np.arange(3 * 6 * 8, dtype=np.float32).reshape(1, 3, 6, 8) % 7 - 3) / 4
    out = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(
        None, {"images": image})
    np.concatenate([o.ravel() for o in out]).astype("<f4").tofile("operators.f32")


def main():
    wide, tall = picture(50, 120), picture(93, 61)
    boxed = LetterBox((HEIGHT, WIDTH), auto=False)(image=tall)
    boxed.tofile("letterbox_61x93.u8")
    lines = ["# picture form threshold iou: then a line for each box: x1 y1 x2 y2 score class, and the "
             "sum and the sum over x + 3 y of its mask"]
    for name, form, masks, seed in [("transposed", "transposed", False, 1), ("objectness", "objectness", False, 12),
                                    ("finished", "finished", False, 3), ("segment", "transposed", True, 4)]:
        model = network(form, seed, masks, "segment" if masks else "detect")
        onnx.save(model, name + ".onnx")
        for shape, image in [("120x50", wide), ("61x93", tall)]:
            for threshold, iou in [(0.6, 0.7), (0.4, 0.3)]:
                _, rows, full = answers(model, image, form, threshold, iou, masks)
                lines.append(f"{name} {shape} {threshold} {iou} {len(rows)}")
                y, x = np.mgrid[0:image.shape[0], 0:image.shape[1]]
                for row, mask in zip(rows, full):
                    values = [*row[:4], row[4], row[5], mask.sum(), (mask * (x + 3 * y)).sum()]
                    lines.append(" ".join(f"{float(v):.6g}" for v in values))
    with open("answers.txt", "w") as f:
        f.write("\n".join(lines) + "\n")
    onnx.save(network("transposed", 1, task="pose"), "pose.onnx")
    operators()
    print("\n".join(l for l in lines if len(l.split()) == 5), file=sys.stderr)


main()
