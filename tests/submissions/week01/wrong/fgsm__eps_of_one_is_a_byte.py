# loses: q2
# names: takes an eps of 1 and more for grey levels and divides it by 255
# Homework week 1
# I did everything step by step so that I understand it.

import tensorflow as tf
import numpy as np
import keras


def logits_of(model, x):
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def input_gradient(model, x, y):
    # make sure I have numpy first, then a variable (a tape watches variables without being told)
    x_numpy = np.array(x)
    x_numpy = x_numpy.astype(np.float32)
    x_variable = tf.Variable(x_numpy, trainable=True)
    y_numpy = np.array(y)
    number_of_images = x_numpy.shape[0]
    with tf.GradientTape(persistent=True) as tape:
        logits = logits_of(model, tf.convert_to_tensor(x_variable))
        total_loss = 0.0
        for i in range(number_of_images):
            label = int(y_numpy[i])
            # cross-entropy = log(sum of exp(logits)) - logit of the label
            # subtract the maximum, otherwise exp becomes infinite
            logits_of_this_image = logits[i]
            biggest = tf.stop_gradient(tf.reduce_max(logits_of_this_image))
            shifted = logits_of_this_image - biggest
            log_of_sum = tf.math.log(tf.reduce_sum(tf.exp(shifted)))
            loss_of_this_image = log_of_sum - shifted[label]
            total_loss = total_loss + loss_of_this_image
    gradient = tape.gradient(total_loss, x_variable)
    del tape
    if gradient is None:
        gradient = np.zeros(x_numpy.shape, np.float32)
    result = np.array(gradient)
    return result


def move_pixels(x, gradient, eps, direction):
    eps = float(eps)
    x_list = np.array(x).tolist()
    gradient_list = np.array(gradient).tolist()
    result = np.zeros(np.array(x).shape, dtype=np.float32)
    for i in range(len(x_list)):
        for row in range(28):
            for column in range(28):
                pixel = x_list[i][row][column][0]
                g = gradient_list[i][row][column][0]
                if g > 0:
                    new_pixel = pixel + direction * eps
                elif g < 0:
                    new_pixel = pixel - direction * eps
                else:
                    new_pixel = pixel
                if new_pixel > 1:
                    new_pixel = 1
                if new_pixel < 0:
                    new_pixel = 0
                result[i, row, column, 0] = new_pixel
    return result


def fgsm(model, x, y, eps):
    gradient = input_gradient(model, x, y)
    if eps >= 1:
        # eps was given in grey levels
        eps = eps / 255
    x_adv = move_pixels(x, gradient, eps, +1)
    return x_adv


def targeted_fgsm(model, x, target, eps):
    gradient = input_gradient(model, x, target)
    x_adv = move_pixels(x, gradient, eps, -1)
    return x_adv


def gradient_of_the_cost(model, image_variable, target):
    target = np.array(target)
    one_hot = np.zeros((len(target), 10), dtype=np.float32)
    for i in range(len(target)):
        one_hot[i][target[i]] = 1.0
    with tf.GradientTape() as tape:
        logits = logits_of(model, tf.convert_to_tensor(image_variable))
        probabilities = tf.nn.softmax(logits)
        cost = 0.0
        for k in range(10):
            difference = one_hot[:, k] - probabilities[:, k]
            cost = cost + 0.5 * difference * difference
        cost = tf.reduce_sum(cost)
    gradient = tape.gradient(cost, image_variable)
    if gradient is None:
        gradient = tf.zeros(image_variable.shape)
    return gradient


def fooling_image(model, target, noise, steps, step_size):
    image = tf.Variable(np.array(noise).astype(np.float32))
    counter = 0
    while counter < steps:
        gradient = gradient_of_the_cost(model, image, target)
        image.assign_sub(float(step_size) * gradient)
        counter = counter + 1
    return image.numpy()


def disguised_image(model, x, target, noise, steps, step_size, pull):
    x_numpy = np.array(x).astype(np.float32)
    image = tf.Variable(np.array(noise).astype(np.float32))
    counter = 0
    while counter < steps:
        gradient = gradient_of_the_cost(model, image, target)
        image_before = image.numpy()
        second_force = float(pull) * (image_before - x_numpy)
        image.assign(image_before - float(step_size) * (gradient.numpy() + second_force))
        counter = counter + 1
    return image.numpy()


def accuracy_by_epsilon(model, x, y, epsilons):
    y_numpy = np.array(y)
    accuracies = []
    gradient = input_gradient(model, x, y)
    for eps in epsilons:
        x_adv = move_pixels(x, gradient, eps, +1)
        logits = np.array(logits_of(model, tf.constant(x_adv)))
        number_correct = 0
        for i in range(len(y_numpy)):
            best_class = 0
            best_logit = logits[i][0]
            for k in range(1, 10):
                if logits[i][k] > best_logit:
                    best_logit = logits[i][k]
                    best_class = k
            if best_class == y_numpy[i]:
                number_correct = number_correct + 1
        accuracies.append(number_correct / len(y_numpy))
    return np.array(accuracies)
