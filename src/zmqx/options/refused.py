"""The options of what does not exist here: to set or read one is EINVAL, and the text says why."""

from __future__ import annotations

from ..constants import SocketOption as O
from .kinds import OptionTable, RefusedOption

_PGM = "there is no PGM here"
_GSSAPI = "there is no GSSAPI here"
_VMCI = "there is no VMCI here"
_NORM = "there is no NORM here"
_WSS = "there is no WebSocket over TLS here"


class RefusedOptions(OptionTable):
    """See the module. ``zmqx.has`` tells in advance."""

    __slots__ = ()

    rate = RefusedOption(O.RATE, _PGM)
    recovery_ivl = RefusedOption(O.RECOVERY_IVL, _PGM)
    multicast_maxtpdu = RefusedOption(O.MULTICAST_MAXTPDU, _PGM)

    gssapi_server = RefusedOption(O.GSSAPI_SERVER, _GSSAPI)
    gssapi_principal = RefusedOption(O.GSSAPI_PRINCIPAL, _GSSAPI)
    gssapi_service_principal = RefusedOption(O.GSSAPI_SERVICE_PRINCIPAL, _GSSAPI)
    gssapi_plaintext = RefusedOption(O.GSSAPI_PLAINTEXT, _GSSAPI)
    gssapi_principal_nametype = RefusedOption(O.GSSAPI_PRINCIPAL_NAMETYPE, _GSSAPI)
    gssapi_service_principal_nametype = RefusedOption(O.GSSAPI_SERVICE_PRINCIPAL_NAMETYPE, _GSSAPI)

    vmci_buffer_size = RefusedOption(O.VMCI_BUFFER_SIZE, _VMCI)
    vmci_buffer_min_size = RefusedOption(O.VMCI_BUFFER_MIN_SIZE, _VMCI)
    vmci_buffer_max_size = RefusedOption(O.VMCI_BUFFER_MAX_SIZE, _VMCI)
    vmci_connect_timeout = RefusedOption(O.VMCI_CONNECT_TIMEOUT, _VMCI)

    wss_key_pem = RefusedOption(O.WSS_KEY_PEM, _WSS)
    wss_cert_pem = RefusedOption(O.WSS_CERT_PEM, _WSS)
    wss_trust_pem = RefusedOption(O.WSS_TRUST_PEM, _WSS)
    wss_hostname = RefusedOption(O.WSS_HOSTNAME, _WSS)
    wss_trust_system = RefusedOption(O.WSS_TRUST_SYSTEM, _WSS)

    norm_mode = RefusedOption(O.NORM_MODE, _NORM)
    norm_unicast_nack = RefusedOption(O.NORM_UNICAST_NACK, _NORM)
    norm_buffer_size = RefusedOption(O.NORM_BUFFER_SIZE, _NORM)
    norm_segment_size = RefusedOption(O.NORM_SEGMENT_SIZE, _NORM)
    norm_block_size = RefusedOption(O.NORM_BLOCK_SIZE, _NORM)
    norm_num_parity = RefusedOption(O.NORM_NUM_PARITY, _NORM)
    norm_num_autoparity = RefusedOption(O.NORM_NUM_AUTOPARITY, _NORM)
    norm_push = RefusedOption(O.NORM_PUSH, _NORM)
