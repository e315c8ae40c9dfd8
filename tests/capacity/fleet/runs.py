"""Files of runs in the formats of the programs that write them, with numbers of our own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from kplan.capacity.fleet.points import Point


def point(rate: str, **keys: Any) -> Point:
    """A run; latencies are given in ms: `ttft_p95=480`."""
    latencies = {
        name: Decimal(str(ms)) / 1000 for name, ms in keys.items() if "_" in name and name[:3] in KINDS
    }
    rest = {name: value for name, value in keys.items() if name not in latencies}
    return Point(Decimal(rate), latencies, rest.pop("place", f"run at {rate}"), **rest)


KINDS = ("ttf", "itl", "tpo", "e2e")


def vllm(rate: float, sent: float | str = "inf", **keys: Any) -> dict[str, Any]:
    """A result of `vllm bench serve --save-result`: 300 requests of 1,000 tokens in and 200 out."""
    return {
        "date": "20261101-120000",
        "endpoint_type": "openai-chat",
        "backend": "openai-chat",
        "label": None,
        "model_id": "example/chat-8b",
        "tokenizer_id": "example/chat-8b",
        "num_prompts": 300,
        "request_rate": sent,
        "burstiness": 1.0,
        "max_concurrency": None,
        "duration": 300 / rate,
        "completed": 300,
        "failed": 0,
        "total_input_tokens": 300_000,
        "total_output_tokens": 60_000,
        "request_throughput": rate,
        "request_goodput": None,
        "output_throughput": 200 * rate,
        "total_token_throughput": 1200 * rate,
        "max_output_tokens_per_s": 900.0,
        "max_concurrent_requests": 31,
        "mean_ttft_ms": 90.5,
        "median_ttft_ms": 80.25,
        "std_ttft_ms": 12.0,
        "p99_ttft_ms": 250.5,
        "mean_tpot_ms": 15.0,
        "median_tpot_ms": 14.0,
        "std_tpot_ms": 1.0,
        "p99_tpot_ms": 21.0,
        "mean_itl_ms": 15.0,
        "median_itl_ms": 14.5,
        "std_itl_ms": 4.0,
        "p99_itl_ms": 44.0,
        "mean_e2el_ms": 3000.0,
        "median_e2el_ms": 2900.0,
        "std_e2el_ms": 100.0,
        "p99_e2el_ms": 4100.0,
        **keys,
    }


def guidellm(*rates: float, **keys: Any) -> dict[str, Any]:
    """A report of a sweep at these rates: requests of 800 tokens in and 100 out."""
    return {
        "metadata": {"version": 1, "guidellm_version": "0.5.0"},
        "args": {"target": "http://localhost:8000", "model": "example/chat-8b", "profile": "sweep"},
        "benchmarks": [
            guidellm_benchmark(rate, {"type_": "poisson", "rate": rate + 0.5}, **keys) for rate in rates
        ],
    }


def guidellm_benchmark(rate: float, strategy: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {
        "type_": "generative_benchmark",
        "config": {"strategy": strategy, "backend": {"model": "example/chat-8b"}},
        "metrics": {
            "request_totals": {"successful": 400, "incomplete": 3, "errored": 0, "total": 403},
            "requests_per_second": by_status(rate),
            "request_concurrency": by_status(rate * 3),
            "request_latency": by_status(3.0),
            "time_to_first_token_ms": by_status(120.0),
            "inter_token_latency_ms": by_status(20.0),
            "time_per_output_token_ms": by_status(21.0),
            "prompt_token_count": by_status(800.0),
            "output_token_count": by_status(100.0),
            "output_tokens_per_second": by_status(100 * rate),
            **keys,
        },
        "duration": 60.0,
    }


def by_status(mean: float, count: int = 400) -> dict[str, Any]:
    """A distribution whose p95 is 1.5 and p99 twice its mean; of the errored requests, none, all zeros."""
    names = ("p001", "p01", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999")
    shares = dict(zip(names, (0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 2.0, 3.0), strict=True))
    return {
        "successful": {
            "mean": mean,
            "median": 0.9 * mean,
            "count": count,
            "total_sum": mean * count,
            "percentiles": {name: share * mean for name, share in shares.items()},
        },
        "errored": {"mean": 0.0, "median": 0.0, "count": 0, "percentiles": dict.fromkeys(shares, 0.0)},
    }


def aiperf(rate: float, **keys: Any) -> dict[str, Any]:
    """An export of `aiperf profile` at a concurrency of 8: requests of 500 tokens in and 250 out."""
    return {
        "schema_version": "1.0",
        "aiperf_version": "0.4.0",
        "input_config": {
            "endpoint": {"model_names": ["example/chat-8b"], "urls": ["http://localhost:8000"]},
            "loadgen": {"concurrency": 8, "request_count": 100},
        },
        "request_throughput": {"unit": "requests/sec", "avg": rate},
        "request_latency": spread("ms", 2000.0),
        "request_count": {"unit": "requests", "avg": 100.0},
        "time_to_first_token": spread("ms", 150.0),
        "inter_token_latency": spread("ms", 12.0),
        "output_token_throughput": {"unit": "tokens/sec", "avg": 250 * rate},
        "output_sequence_length": spread("tokens", 250.0),
        "input_sequence_length": spread("tokens", 500.0),
        "was_cancelled": False,
        "error_summary": [],
        **keys,
    }


def spread(unit: str, avg: float) -> dict[str, Any]:
    """p95 is 1.5 and p99 twice the mean."""
    return {
        "unit": unit,
        "avg": avg,
        "p50": avg,
        "p90": 1.25 * avg,
        "p95": 1.5 * avg,
        "p99": 2 * avg,
        "std": 1.0,
    }


AIPERF_CSV = """\
Metric,avg,min,max,p99,p95,p90,p75,p50,p25,std
Time to First Token (ms),150.00,90.00,"1,320.50","1,300.25",225.00,190.00,160.00,148.00,120.00,10.00
Inter Token Latency (ms),12.00,9.00,30.00,24.00,18.00,15.00,13.00,11.50,10.00,1.00
Request Latency (ms),"2,000.00",900.00,"5,000.00","4,000.00","3,000.00",2500.00,2200.00,1990.00,1500.00,100.00
Output Sequence Length (tokens),250.00,250.00,250.00,250.00,250.00,250.00,250.00,250.00,250.00,0.00
Input Sequence Length (tokens),500.00,500.00,500.00,500.00,500.00,500.00,500.00,500.00,500.00,0.00

Metric,Value
Output Token Throughput (tokens/sec),"1,000.00"
Request Throughput (requests/sec),4.00
Request Count,99.00
Error Request Count,1.00

Endpoint,GPU_Index,GPU_Name,GPU_UUID,Metric,avg,min,max
localhost:9400,0,Example GPU,GPU-1,GPU Power Usage (W),300.00,200.00,400.00
"""


def written(path: Path, *documents: Any) -> Path:
    """The file, with its JSON; several are written one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(each) for each in documents), encoding="utf-8")
    return path
