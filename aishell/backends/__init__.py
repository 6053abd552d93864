"""Language models behind one Protocol: llama.cpp here, llama.cpp in a process of its own, and a scripted one."""
