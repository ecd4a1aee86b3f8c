# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the Kubernetes API server: Leases, Pods, Events and EndpointSlices over TLS, and faults on demand.

What the real server answers was measured; test/conformance holds the list and asks both.
"""
