"""A smart camera for ROS 2: see README.md."""
import os

# Before numpy is there. This is one process of several threads on few cores, and OpenBLAS's own
# threads wait for each other by spinning: beside other work a product of matrices took 50 times
# as long with two of them as with one. Whoever knows better sets the variable.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
