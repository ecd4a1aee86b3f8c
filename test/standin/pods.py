# SPDX-License-Identifier: Apache-2.0
"""Pod, core v1: as much as a member of a set and the tests around it see."""

from .schema import ANY, LONG, STRING, TIME, list_of, map_of, resource, struct
from .status import Cause

CONDITION = struct(type=STRING, status=STRING, observedGeneration=LONG, lastProbeTime=TIME, lastTransitionTime=TIME,
                   reason=STRING, message=STRING)
STATUS = struct(observedGeneration=LONG, phase=STRING, conditions=list_of(CONDITION), message=STRING, reason=STRING,
                nominatedNodeName=STRING, hostIP=STRING, hostIPs=list_of(struct(ip=STRING)), podIP=STRING,
                podIPs=list_of(struct(ip=STRING)), startTime=TIME, initContainerStatuses=ANY, containerStatuses=ANY,
                qosClass=STRING, ephemeralContainerStatuses=ANY, resize=STRING, resourceClaimStatuses=ANY)
POD = resource(spec=map_of(ANY), status=STATUS)

FIELDS = {
    "spec.nodeName": lambda pod: pod["spec"].get("nodeName", ""),
    "spec.restartPolicy": lambda pod: pod["spec"].get("restartPolicy", ""),
    "spec.schedulerName": lambda pod: pod["spec"].get("schedulerName", ""),
    "spec.serviceAccountName": lambda pod: pod["spec"].get("serviceAccountName", ""),
    "status.phase": lambda pod: pod["status"].get("phase", ""),
    "status.podIP": lambda pod: pod["status"].get("podIP", ""),
}

DEFAULTS = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "serviceAccount": "default", "securityContext": {},
            "schedulerName": "default-scheduler", "enableServiceLinks": True}


def prepare(pod, old):
    """Writes of a pod do not reach its status; a new pod begins as Pending."""
    if old:
        return {**pod, "spec": {**DEFAULTS, **pod.get("spec", {})}, "status": old["status"]}
    spec = {**DEFAULTS, **pod.get("spec", {})}
    return {**pod, "spec": spec, "status": {"phase": "Pending", "qosClass": "BestEffort"}}


def prepare_status(pod, old):
    """Writes of a status reach the status, labels and annotations."""
    return {**pod, "spec": old["spec"], "status": pod.get("status", {})}


def check(pod, old):
    if not pod["spec"].get("containers"):
        yield Cause("spec.containers", "", reason="FieldValueRequired")
    if old and pod["spec"] != old["spec"]:
        yield Cause("spec", "pod updates may not change fields other than `spec.containers[*].image`",
                    reason="FieldValueForbidden")


def grace(pod, asked):
    """A pod that has a node stays, marked, until its kubelet deletes it with no grace."""
    if not pod["spec"].get("nodeName") or pod["status"].get("phase") in ("Failed", "Succeeded"):
        return 0
    return pod["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked
