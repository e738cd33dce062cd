# shellcheck shell=sh
# Paths of the engine that this image has, for login shells; only of directories that exist.
_dynamo_front() { # _dynamo_front VARIABLE DIRECTORY…
    _variable=$1
    shift
    for _directory in "$@"; do
        [ -d "$_directory" ] || continue
        _value=
        eval "_value=\${$_variable:-}"
        case ":$_value:" in
            *":$_directory:"*) ;;
            *) export "$_variable=$_directory${_value:+:$_value}" ;;
        esac
    done
    unset _variable _directory _value
}
for _lib in /usr/local/tensorrt/targets/*-linux-gnu/lib; do
    if [ -d "$_lib" ]; then
        export TENSORRT_LIB_DIR="$_lib"
        _dynamo_front LD_LIBRARY_PATH "$_lib"
    fi
done
if [ -d /opt/hpcx/ompi ]; then
    export OPAL_PREFIX=/opt/hpcx/ompi OMPI_MCA_coll_ucc_enable=0
    _dynamo_front PATH /opt/hpcx/ompi/bin
    _dynamo_front LD_LIBRARY_PATH /opt/hpcx/ompi/lib /opt/hpcx/ucc/lib
fi
if [ -f /etc/shinit_v2 ]; then
    export ENV=/etc/shinit_v2
fi
_dynamo_front PATH /usr/local/ucx/bin /usr/local/cuda/bin /usr/local/cuda/nvvm/bin
_dynamo_front LD_LIBRARY_PATH /opt/vllm/tools/ep_kernels/ep_kernels_workspace/nvshmem_install/lib
for _lib in /usr/lib/*-linux-gnu/nvshmem/[0-9]*; do
    _dynamo_front LD_LIBRARY_PATH "$_lib"
done
for _lib in "${VIRTUAL_ENV:-/opt/dynamo/venv}"/lib/python3.*/site-packages; do
    _dynamo_front LD_LIBRARY_PATH "$_lib/torch/lib" "$_lib/torch_tensorrt/lib"
done
unset _lib
unset -f _dynamo_front
