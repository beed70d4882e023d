# Source me: `. tools/env.sh && python -c 'import rclpy, vision_msgs.msg'`
# Where a ROS 2 is sourced this leaves it as it is; else it turns the shell to the one in .venv.
# What `colcon build` installed in this tree is put on top of either.

if [ -n "${BASH_VERSION:-}${ZSH_VERSION:-}" ]; then
    _smartcam_root=$(cd "$(dirname "${BASH_SOURCE:-$0}")/.." && pwd)
else
    _smartcam_root=$PWD  # a plain sh does not tell which file it reads
fi

if PYTHONPATH="$_smartcam_root/tools${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 \
        python3 -m environment.sourced; then
    :
elif [ ! -f "$_smartcam_root/.venv/bin/activate" ]; then
    echo 'There is no .venv yet: run `make setup` first.' >&2
    unset _smartcam_root
    return 1
else
    . "$_smartcam_root/.venv/bin/activate"
    unset PYTHONPATH PYTHONHOME COLCON_PREFIX_PATH
    LD_LIBRARY_PATH="$_smartcam_root/.venv/lib"
    for _smartcam_libs in "$_smartcam_root"/.venv/lib/python3.*/site-packages/ros_*.libs; do
        LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$_smartcam_libs"
    done
    AMENT_PREFIX_PATH="$_smartcam_root/.venv"
    CMAKE_PREFIX_PATH="$_smartcam_root/.venv"
    _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
    ROS_DISTRO=jazzy
    ROS_VERSION=2
    ROS_PYTHON_VERSION=3
    export LD_LIBRARY_PATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE
    export ROS_DISTRO ROS_VERSION ROS_PYTHON_VERSION
fi
if [ -n "${BASH_VERSION:-}" ] && [ -f "$_smartcam_root/install/local_setup.bash" ]; then
    # colcon's script reads variables that are not set.
    case $- in *u*) _smartcam_strict=-u ;; *) _smartcam_strict=+u ;; esac
    set +u
    . "$_smartcam_root/install/local_setup.bash"
    set "$_smartcam_strict"
fi
unset _smartcam_root _smartcam_libs _smartcam_strict
